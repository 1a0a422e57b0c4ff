import { copyInStatement } from '../archive/copy-in-statement.ts';
import { backupPrefix } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { TableData } from '../archive/manifest.ts';
import { createDatabaseStatement } from '../catalog/database-sql.ts';
import { code, counted, list, plainWords, size, table } from '../ground/markdown.ts';
import { quoteShell } from '../ground/shell.ts';
import { qualifiedName } from '../ground/sql.ts';
import { identityArgument, printing, running, secretKey } from './recovery-guide-age.ts';
import { restoreSettings } from './restore-settings.ts';
import { nameInAttempt, nameOfPurpose, rowsInAttempt, type UnsealedBackup } from './unsealed-backup.ts';

export interface RecoveryGuideOptions {
  /** The vault: `s3://bucket/prefix` or `file:///path`. The guide says how to fetch the backup from it. */
  readonly vaultUrl: string;
}

/**
 * Writes RECOVERY.md, for somebody whose database is gone and who has never heard of Lifeboat. All names,
 * commands and figures in it are those of this backup. It holds no secret, no row and no address of the
 * source.
 */
export function writeRecoveryGuide(backup: UnsealedBackup, options: RecoveryGuideOptions): string {
  return [
    introduction(backup),
    secretKey(backup),
    restoring(backup, options),
    whenItStops(),
    oneTable(backup),
    refusedRows(backup),
    byHand(backup),
    contents(backup),
    leftOut(backup),
    secrets(backup),
  ]
    .map((section) => section.trim())
    .filter((section) => section !== '')
    .join('\n\n')
    .concat('\n');
}

function introduction(backup: UnsealedBackup): string {
  const { server, snapshot } = backup;
  const rows = backup.tables.reduce((total, one) => total + one.rows, 0);
  return `
# How to get this database back

This folder is a backup of the PostgreSQL database ${code(server.database)}. You need ${
    backup.encryption
      ? 'three programs to restore it, `psql`, `zstd` and\n`age`; every system has packages for them. **You also need a secret key**: see below.'
      : 'two programs to restore it, `psql` and\n`zstd`; every system has packages for them.'
  } A restore only reads the backup and cannot harm it.

- Backup: ${code(nameOfBackup(backup))}
- It holds the database exactly as it was at **${snapshot.takenAt}** (UTC). Later changes are not in it.
- Source: PostgreSQL ${plainWords(server.version)}, encoding ${plainWords(server.encoding)}${server.collate === null ? '' : `, sort order ${code(server.collate)}`}
- ${backup.scope === 'schema-only' ? 'It holds **the schema only: no rows**.' : `${counted(backup.tables.length, 'table')}, ${counted(rows, 'row')}, ${counted(backup.largeObjects.count, 'large object')}`}${backup.reason === undefined ? '' : `\n- Reason for the backup: ${plainWords(backup.reason)}`}
- Written by Lifeboat ${plainWords(backup.lifeboatVersion)} with pg_dump ${plainWords(backup.pgDumpVersion)}

You do not need Lifeboat. If you have it, \`lifeboat verify ${nameOfBackup(backup)}\` reads the whole backup and checks it, and
\`lifeboat drill\` tries a restore.`;
}

function restoring(backup: UnsealedBackup, { vaultUrl }: RecoveryGuideOptions): string {
  const { database } = backup.server;
  const roles = backup.roles.length > 0;
  return `
## Restore everything

**1. Fetch the backup** to a machine that can reach your new PostgreSQL server. Skip this step if the backup is already there.

${fetching(backup, vaultUrl)}

**2. Create an empty database** on a server of PostgreSQL ${Math.floor(backup.server.versionNumber / 10_000)} or newer. Connect to the server with \`psql\` and run:

\`\`\`sql
${createDatabaseStatement(backup.server)}
\`\`\`

If your hosting provider creates databases in its own console, or does not have this locale, create the database as the
provider allows, with the encoding UTF-8. You can choose any name; the commands below use the old one.

**3. Restore.** Set the address of the server, then run the script. The script opens many connections, so put the password
into the environment, as here, or into \`~/.pgpass\`:

\`\`\`sh
export PGHOST=your-new-server PGPORT=5432 PGUSER=postgres PGPASSWORD=... PGDATABASE=${quoteShell(database)}
sh restore.sh${roles ? ' --roles' : ''}${identityArgument(backup)}
\`\`\`

A URL as the script's argument comes before all variables. Without one, the script takes \`LIFEBOAT_TARGET_URL\` if it is set,
or else these variables. If \`LIFEBOAT_TARGET_URL\` and one of them that may name another database are set, it refuses: run
\`unset LIFEBOAT_TARGET_URL\` first.

The script checks every file before it changes the database. It refuses a database that is not empty, shows each step,
and stops at the first error. There is one exception: rows that their table refuses do not stop it. It loads them last
(see "If a table refuses its rows"). \`sh restore.sh --help\` shows the options.${
    roles
      ? `
\`--roles\` creates the roles that the backup needs (${list(backup.roles)}). Roles that exist already stay as they are.
**New roles have no passwords.** Give a new password to each role that logs in: \`ALTER ROLE name PASSWORD '...'\`.`
      : ''
  }

The script compares the checksum of every file and the number of rows of every table. It does not compare the values in the rows.${
    backup.server.sessionDefaults === undefined
      ? ''
      : ' It computes generated columns and materialized views again, under the settings of the source.'
  }

**A backup contains code.** Functions that checks, generated columns and indexes call run during the restore, with the rights
of the role that you connect as. If that role is a superuser, they can run programs on the server's machine. If you do not
trust everybody who could create tables in the source, connect as a role that owns the new database and is not a superuser,
and add \`--no-owner\`.

**People who were erased since this backup are in it.** The script restores every row. If the vault has a folder \`erasures/${backup.source}/\`,
ask whoever keeps it, and delete these people's rows again before anybody uses the database.

**4. Look.** Compare each table with its number under "What is inside": \`SELECT count(*) FROM ONLY …\` must return it (for a
partitioned table, compare the sum over its partitions). Then point your application at the new server.`;
}

function fetching(backup: UnsealedBackup, vaultUrl: string): string {
  const folder = backupPrefix(backup);
  const fetch = vaultUrl.startsWith('s3://')
    ? `aws s3 cp --recursive ${quoteShell(`${vaultUrl.replace(/\/$/, '')}/${folder}`)} lifeboat-restore/`
    : vaultUrl.startsWith('file:')
      ? `cp -R ${quoteShell(`${decodeURIComponent(new URL(vaultUrl).pathname).replace(/\/$/, '')}/${folder}`)} lifeboat-restore`
      : `# copy the folder ${folder} of ${vaultUrl.replaceAll('\n', ' ')} to lifeboat-restore`;
  const attempt = quoteShell(`${vaultUrl.replace(/\/$/, '')}/${folder}${backup.attempt}`);
  const archived = vaultUrl.startsWith('s3://')
    ? `
If the machine has no room for the whole backup, fetch only the script. It fetches the rest with \`aws s3 cp\` when it needs
it, one file of rows at a time. In step 3, run the second of these lines instead, with the same options and variables:

\`\`\`sh
aws s3 cp ${attempt}/restore.sh .
sh restore.sh --from ${attempt}
\`\`\`

If \`aws\` says \`InvalidObjectState\`, the objects are in an archive storage class. Bring them back first, with
\`aws s3api restore-object\`.`
    : '';
  return `\`\`\`sh
${fetch}
cd lifeboat-restore/${backup.attempt}
\`\`\`
${archived}`.trimEnd();
}

function whenItStops(): string {
  return `
## If it stops

The script says why it stopped and what state the database is in. The backup itself never changes, so you can always start
again: drop the new database, create it again as in step 2, and run the script again.

| the script says | what to do |
|---|---|
| files are damaged or missing | Fetch the backup again. If that does not help, use another backup. |
| the database is not empty | Create another database. Look twice before you drop anything. |
| roles are not on this server | Add \`--roles\`, or create them yourself with \`CREATE ROLE\`. |
| the server does not have an extension | Install its package on the server, or enable it in your hosting provider's console. |
| the server does not have tablespaces | Add \`--no-tablespaces\`, or create them yourself with \`CREATE TABLESPACE\`. |
| the server does not accept a setting | This is only a note: the locale or time zone has another name on this server. You can set it and refresh the materialized views later. |
| a materialized view shows other rows | This is only a note: the view was out of date in the source, or was computed under other settings. |
| NOT WHOLE | Everything is restored except what the script names. Read "If a table refuses its rows", below. |
| permission denied, must be owner, must be superuser | Connect as the role that your hosting provider gives you for administration. |`;
}

/** The table with the most rows; undefined when no table has any. */
function exampleOf({ tables }: UnsealedBackup): TableData | undefined {
  return tables
    .filter(({ chunks }) => chunks.length > 0)
    .reduce<TableData | undefined>(
      (most, one) => (most === undefined || one.rows > most.rows ? one : most),
      undefined,
    );
}

function oneTable(backup: UnsealedBackup): string {
  const example = exampleOf(backup);
  if (!example) return '';
  const name = `${example.schema}.${example.name}`;
  return `
## One table only

This example restores ${code(name)}. First restore the table into an empty database of its own, and compare it with your data
before you overwrite anything. Create the table in that database: \`pre-data.sql\` holds its \`CREATE TABLE\` and the types that
it uses. Then load its rows:

\`\`\`sh
${loadCommand(backup, example)}
\`\`\`
${backup.server.encoding === 'SQL_ASCII' ? OTHER_ENCODING : ''}
For any other table, look in \`restore.sh\` for the line that starts with \`load_table\` and its name. The line holds the file,
the number of rows and the COPY statement.${isSharing(backup) ? SHARED_FILES : ''} Indexes and constraints are in \`post-data.sql\`.`;
}

function isSharing({ tables }: UnsealedBackup): boolean {
  return tables.some(({ chunks }) => chunks.some(({ part }) => part));
}

const SHARED_FILES = ` Small tables share a file: \`@1000+200\` after its name
stands for the 200 bytes of its text that come after the first 1000, which \`zstd -dc file | tail -c +1001 | head -c 200\` prints.`;

const OTHER_ENCODING = `
If the new database has an encoding, write its name instead of \`SQL_ASCII\` in that COPY. With \`SQL_ASCII\`, the server would
accept bytes that are not valid characters of the database's encoding.
`;

function loadCommand(backup: UnsealedBackup, { partitionRoot: _through, ...example }: TableData): string {
  const files = example.chunks.map(({ key }) => nameInAttempt(backup, key));
  const { encoding } = backup.server;
  const [always] = restoreSettings(encoding);
  const statement = copyInStatement(example, encoding);
  return [
    `${printing(backup, files.length > 3 ? [files[0]?.replace(/\.\d+(\.copy\.zst(\.age)?)$/, '.*$1') ?? ''] : files, example.chunks[0]?.part)} |`,
    `  psql -X -v ON_ERROR_STOP=1 -c ${quoteShell(`${always?.statements.join('; ')}`)} \\`,
    `    -c ${quoteShell(statement)}`,
  ].join('\n');
}

/** Explains what restore-script-refused.ts does, and how to do it by hand. */
function refusedRows(backup: UnsealedBackup): string {
  const example = exampleOf(backup);
  if (!example) return '';
  const name = qualifiedName(example.schema, example.name).replaceAll('\n', ' ');
  return `
## If a table refuses its rows

A table can refuse rows today that were valid when they were inserted: the function of a check may have changed since, or a
check may look into a table whose rows are not loaded yet. \`restore.sh\` loads such rows again after all other rows. If the
table still refuses them, it drops the constraints that refuse them, loads the rows, and creates the constraints again, as
\`NOT VALID\` if rows violate them. It then ends with \`NOT WHOLE\`, and names everything that is not as it was, and each file
whose rows are not in the database.

To do this by hand, load the table once more after all others. If the message says that something does not exist, put
\`-c 'SET search_path = public'\` before the COPY. Otherwise drop the constraint that the message names (for a domain:
\`ALTER DOMAIN … DROP CONSTRAINT …\`):

\`\`\`sql
ALTER TABLE ${name} DROP CONSTRAINT name_of_the_constraint;
\`\`\`

Load the rows. Then create the constraint again as \`pre-data.sql\` defines it. With \`NOT VALID\` it checks only new rows:

\`\`\`sql
ALTER TABLE ${name} ADD CONSTRAINT name_of_the_constraint CHECK (...) NOT VALID;
\`\`\`

- If a generated column cannot be computed, \`ALTER TABLE … ALTER COLUMN … DROP EXPRESSION\` makes it an ordinary column.
- If a partition refuses its rows, load them after \`ALTER TABLE … DETACH PARTITION …\`.
- If rows violate a foreign key in \`post-data.sql\`, add \`NOT VALID\` at the end of its definition.

Rows that no table accepts are still readable text: one row a line, in the order of the columns in the COPY statement. A
table whose columns all have the type \`text\` accepts them with the same COPY. To read them:

\`\`\`sh
${printing(backup, [nameInAttempt(backup, example.chunks[0]?.key ?? '')], example.chunks[0]?.part)} | head
\`\`\`

If the backup itself does not hold the rows of a table, it is named below with the reason, under "What is inside"${backup.leftOut.length > 0 ? ' or "What is not inside, and why"' : ''}.`;
}

function byHand(backup: UnsealedBackup): string {
  const name = (purpose: Parameters<typeof nameOfPurpose>[1]) => nameOfPurpose(backup, purpose);
  const run = (file: string | undefined, what: string) =>
    file === undefined ? [] : [`${what}: \`${running(file)}\``];
  const database = name('database');
  const steps = [
    ...run(name('roles'), 'roles, unless they exist already'),
    ...run(name('pre-data'), 'schemas, types, functions, tables'),
    'the rows of each table: the `COPY` command shown above, once for each `load_table` line of `restore.sh`; then, once more, the rows that a table refused',
    ...(backup.largeObjects.count > 0
      ? [
          ...run(name('large-object-metadata'), 'large objects, empty'),
          'the contents of the large objects: `load_large_objects` in `restore.sh` shows the three statements that load them',
        ]
      : []),
    ...run(name('sequences'), 'the values of sequences'),
    ...run(name('post-data'), 'indexes, constraints, triggers, policies'),
    '`psql -c ANALYZE`',
  ];
  return `
## By hand

The script does only this. You can do the same steps yourself, in this order:

${steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}

In every \`psql\` session, first run the statements in the line \`settings=\` of \`restore.sh\`, so that dates, bytes and names are
read as they were written.${database === undefined ? '' : ` \`${database}\` holds the settings of the database itself; \`sh restore.sh --database-settings\` applies them.`}
\`manifest.json\`, one folder up, lists every file with its size and SHA-256.`;
}

function contents(backup: UnsealedBackup): string {
  const rows = backup.tables.map((one) => [
    code(`${one.schema}.${one.name}`),
    one.dataLeftOut === undefined ? String(one.rows) : `left out: ${plainWords(one.dataLeftOut)}`,
    one.dataLeftOut === undefined ? size(one.rawBytes) : '',
    one.chunks.length === 0
      ? ''
      : `\`${one.chunks[0] ? rowsInAttempt(backup, one.chunks[0]) : ''}\`${one.chunks.length > 1 ? ` and ${one.chunks.length - 1} more` : ''}`,
  ]);
  const extensions = backup.extensions.map(({ name, version }) => `${name} ${version}`);
  return `
## What is inside

${table(['table', 'rows', 'text', 'file'], rows)}

The backup also holds ${counted(backup.sequences.length, 'sequence')}, ${counted(backup.largeObjects.count, 'large object')}${
    extensions.length > 0 ? `, the extensions ${list(extensions)} (their versions at the source)` : ''
  }. The restore
computes generated columns again.`;
}

function leftOut({ leftOut }: UnsealedBackup): string {
  if (leftOut.length === 0) return '';
  const rows = leftOut.map(({ name, what, reason }) => [code(name), plainWords(what), plainWords(reason)]);
  return `
## What is not inside, and why

${table(['name', 'what', 'why'], rows)}`;
}

function secrets({ placeholders }: UnsealedBackup): string {
  if (placeholders.length === 0) return '';
  const rows = placeholders.map(({ name, placeholder }) => [plainWords(name), code(placeholder)]);
  return `
## Passwords to put back

The source's catalog holds passwords for other servers. This backup holds placeholders instead of them. The restore works
without these passwords, but the connections to the other servers do not. After the restore, set each password again with
\`ALTER USER MAPPING ... OPTIONS (SET password '...')\`, \`ALTER SERVER ... OPTIONS (SET ...)\` or
\`ALTER SUBSCRIPTION ... CONNECTION '...'\`:

${table(['where', 'placeholder'], rows)}`;
}
