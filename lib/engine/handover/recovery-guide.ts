import { copyInStatement } from '../archive/copy-in-statement.ts';
import { backupPrefix } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { TableData } from '../archive/manifest.ts';
import { createDatabaseStatement } from '../catalog/database-sql.ts';
import { code, counted, list, plainWords, size, table } from '../ground/markdown.ts';
import { quoteShell } from '../ground/shell.ts';
import { qualifiedName } from '../ground/sql.ts';
import { restoreSettings } from './restore-settings.ts';
import { nameInAttempt, nameOfPurpose, type UnsealedBackup } from './unsealed-backup.ts';

export interface RecoveryGuideOptions {
  /** Where the backup is written, as `s3://bucket/prefix` or `file:///path`; the guide says how to fetch it from there. */
  readonly vaultUrl: string;
}

/**
 * RECOVERY.md: for somebody whose database is gone and who has never heard of Lifeboat. Everything in it is this
 * backup's own: names, commands, figures. Holds no secret, no row, and no address of the source.
 */
export function writeRecoveryGuide(backup: UnsealedBackup, options: RecoveryGuideOptions): string {
  return [
    introduction(backup),
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

This folder is a backup of the PostgreSQL database ${code(server.database)}. You can restore it with two programs that every
system has packages for, \`psql\` and \`zstd\`. You need nothing else, and nothing here can harm the backup.

- Backup: ${code(nameOfBackup(backup))}
- It holds the database exactly as it was at **${snapshot.takenAt}** (UTC). What changed later is not in it.
- Source: PostgreSQL ${plainWords(server.version)}, encoding ${plainWords(server.encoding)}${server.collate === null ? '' : `, sort order ${code(server.collate)}`}
- ${backup.scope === 'schema-only' ? 'It holds **the schema only: no rows**.' : `${counted(backup.tables.length, 'table')}, ${counted(rows, 'row')}, ${counted(backup.largeObjects.count, 'large object')}`}${backup.reason === undefined ? '' : `\n- It was taken for this reason: ${plainWords(backup.reason)}`}
- Written by Lifeboat ${plainWords(backup.lifeboatVersion)} with pg_dump ${plainWords(backup.pgDumpVersion)}

If Lifeboat is at hand, \`lifeboat verify ${nameOfBackup(backup)}\` reads it in full first, and \`lifeboat drill\` tries a restore.`;
}

function restoring(backup: UnsealedBackup, { vaultUrl }: RecoveryGuideOptions): string {
  const { database } = backup.server;
  const roles = backup.roles.length > 0;
  return `
## Restore everything

**1. Fetch the backup** onto a machine that can reach your new PostgreSQL server, unless it is there already:

${fetching(backup, vaultUrl)}

**2. Create an empty database** on a server of PostgreSQL ${Math.floor(backup.server.versionNumber / 10_000)} or newer, in \`psql\` connected to it:

\`\`\`sql
${createDatabaseStatement(backup.server)}
\`\`\`

Where your host makes databases by its own console, or does not know that locale, take its own way and UTF-8.
Any name will do; the commands below use the old one.

**3. Restore.** Say where the server is. The script opens many connections, so the password has to stand in the environment,
or in \`~/.pgpass\`:

\`\`\`sh
export PGHOST=your-new-server PGPORT=5432 PGUSER=postgres PGPASSWORD=... PGDATABASE=${quoteShell(database)}
sh restore.sh${roles ? ' --roles' : ''}
\`\`\`

The script checks every file before it touches the database, refuses a database that is not empty, says what it is
doing, and stops at the first error. Only rows that their table refuses do not stop it: they come last, see below. \`sh restore.sh --help\` shows its options.${
    roles
      ? `
\`--roles\` creates the roles that own things here (${list(backup.roles)}); those that exist stay as they are.
**New ones come without passwords**: give each that logs in a new one with \`ALTER ROLE name PASSWORD '...'\`.`
      : ''
  }

It has compared the checksum of every file and the number of rows of every table, and not the values in them.${
    backup.server.sessionDefaults === undefined
      ? ''
      : ' What it computes anew (generated columns, materialized views) it computes under the settings of the source.'
  }

**A backup brings code**: functions that checks, generated columns and indexes call run while it is restored, with the rights of
the role that you connect as. As a superuser they can run programs on the server's machine. If you do not trust everybody who could
create tables in the source, connect as a role that is no superuser and owns the new database, and add \`--no-owner\`.

**4. Look.** The numbers under "What is inside" are what \`SELECT count(*) FROM ONLY …\` has to say of each table (of partitions:
added up). Then point your application at the new server.`;
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
Where there is no room for all of it, fetch the script alone, and let it fetch the rest as it needs it, by \`aws s3 cp\`, one
file of rows at a time. Step 3 is then the second of these lines, with the same options and variables:

\`\`\`sh
aws s3 cp ${attempt}/restore.sh .
sh restore.sh --from ${attempt}
\`\`\`

If \`aws\` says \`InvalidObjectState\`, the objects are in an archive class: \`aws s3api restore-object\` brings them back first.`
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

It has told you why, and in what state the database is. The backup is never changed, so you can always start again:
drop the database, create it again as in step 2, run the script again.

| what it says | what to do |
|---|---|
| files are damaged or missing | fetch the backup again; if that does not help, use another backup |
| the database is not empty | create another one; look twice before you drop anything |
| roles are not on this server | add \`--roles\`, or create them by hand with \`CREATE ROLE\` |
| the server does not have an extension | install its package on the server, or allow it in your host's console |
| the server does not have tablespaces | add \`--no-tablespaces\`, or create them by hand with \`CREATE TABLESPACE\` |
| the server does not take a setting | a note: the locale or time zone has another name there. Materialized views can be refreshed later, when it is set |
| a materialized view shows other rows | a note: it was out of date in the source, or computed under other settings |
| NOT WHOLE | all else is there; it names what is not: "If a table refuses its rows", below |
| permission denied, must be owner, must be superuser | connect as the role that your host gives you for administration |`;
}

/** The one with the most rows; undefined where no table has any. */
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

Say it is ${code(name)}. Restore it beside your data first, into an empty database of its own, and compare before you
overwrite anything. Create the table there: \`pre-data.sql\` holds its \`CREATE TABLE\`, and the types that it uses. Then load
its rows:

\`\`\`sh
${loadCommand(backup, example)}
\`\`\`
${backup.server.encoding === 'SQL_ASCII' ? OTHER_ENCODING : ''}
The command for every other table stands in \`restore.sh\`, in the lines that start with \`load_table\`: its name, file,
number of rows, and the COPY statement. Indexes and constraints are in \`post-data.sql\`.`;
}

const OTHER_ENCODING = `
In a database that has an encoding, put its name in the place of \`SQL_ASCII\` in that COPY: told \`SQL_ASCII\`, the server
would take bytes that are no characters of it.
`;

function loadCommand(backup: UnsealedBackup, { partitionRoot: _through, ...example }: TableData): string {
  const files = example.chunks.map(({ key }) => nameInAttempt(backup, key));
  const { encoding } = backup.server;
  const [always] = restoreSettings(encoding);
  const statement = copyInStatement(example, encoding);
  return [
    `zstd -dc ${files.length > 3 ? `${files[0]?.replace(/\.\d+\.copy\.zst$/, '')}.*.copy.zst` : files.join(' ')} |`,
    `  psql -X -v ON_ERROR_STOP=1 -c ${quoteShell(`${always?.statements.join('; ')}`)} \\`,
    `    -c ${quoteShell(statement)}`,
  ].join('\n');
}

/** What restore-script-refused.ts does. */
function refusedRows(backup: UnsealedBackup): string {
  const example = exampleOf(backup);
  if (!example) return '';
  const name = qualifiedName(example.schema, example.name).replaceAll('\n', ' ');
  return `
## If a table refuses its rows

Rows that were good when they came in can be refused today: by a check whose function was changed since, or that looks into a
table whose rows are not there yet. \`restore.sh\` loads them again when all others are there, and what is still refused without
the constraints that refuse it, which it makes again afterwards, \`NOT VALID\` where rows violate them. It ends with \`NOT WHOLE\`
then, and names what is not as it was, and each file whose rows are not in the database.

By hand, load such a table once more after all others. If the message says that something does not exist, put
\`-c 'SET search_path = public'\` before the COPY. Else take away the constraint that the message names (of a domain:
\`ALTER DOMAIN … DROP CONSTRAINT …\`):

\`\`\`sql
ALTER TABLE ${name} DROP CONSTRAINT name_of_the_constraint;
\`\`\`

Load the rows, and make it again as \`pre-data.sql\` defines it; with \`NOT VALID\` it looks at new rows only:

\`\`\`sql
ALTER TABLE ${name} ADD CONSTRAINT name_of_the_constraint CHECK (...) NOT VALID;
\`\`\`

A generated column that cannot be computed becomes an ordinary one by \`ALTER TABLE … ALTER COLUMN … DROP EXPRESSION\`. A partition
that does not take its rows takes them after \`ALTER TABLE … DETACH PARTITION …\`. A foreign key that rows violate, in
\`post-data.sql\`, can be added with \`NOT VALID\` behind it. Rows that go in nowhere are still plainWords, one row a line, in the order of
the columns in the COPY statement; a table whose columns are all \`plainWords\` takes them by the same COPY:

\`\`\`sh
zstd -dc ${nameInAttempt(backup, example.chunks[0]?.key ?? '')} | head
\`\`\`

Rows that the backup itself does not have are named below, with the reason: "What is inside"${backup.leftOut.length > 0 ? ', "What is not inside, and why"' : ''}.`;
}

function byHand(backup: UnsealedBackup): string {
  const name = (purpose: Parameters<typeof nameOfPurpose>[1]) => nameOfPurpose(backup, purpose);
  const run = (file: string | undefined, what: string) =>
    file === undefined ? [] : [`${what}: \`psql -X -v ON_ERROR_STOP=1 -f ${file}\``];
  const database = name('database');
  const steps = [
    ...run(name('roles'), 'roles, unless they are there'),
    ...run(name('pre-data'), 'schemas, types, functions, tables'),
    'the rows of each table: the `COPY` command shown above, one for each `load_table` line of `restore.sh`; last those that a table refuses',
    ...(backup.largeObjects.count > 0
      ? [
          ...run(name('large-object-metadata'), 'large objects, empty'),
          'their contents: `load_large_objects` in `restore.sh` shows the three statements that do it',
        ]
      : []),
    ...run(name('sequences'), 'the values of sequences'),
    ...run(name('post-data'), 'indexes, constraints, triggers, policies'),
    '`psql -c ANALYZE`',
  ];
  return `
## By hand

The script is short; this is all that it does, and you can do the same:

${steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}

Every \`psql\` first sets what the line \`settings=\` in \`restore.sh\` says, so that dates, bytes and names are read as they were
written.${database === undefined ? '' : ` \`${database}\` holds settings of the database itself; \`sh restore.sh --database-settings\` applies them.`}
\`manifest.json\`, one folder up, lists every file with its size and SHA-256.`;
}

function contents(backup: UnsealedBackup): string {
  const rows = backup.tables.map((one) => [
    code(`${one.schema}.${one.name}`),
    one.dataLeftOut === undefined ? String(one.rows) : `left out: ${plainWords(one.dataLeftOut)}`,
    one.dataLeftOut === undefined ? size(one.rawBytes) : '',
    one.chunks.length === 0
      ? ''
      : `\`${nameInAttempt(backup, one.chunks[0]?.key ?? '')}\`${one.chunks.length > 1 ? ` and ${one.chunks.length - 1} more` : ''}`,
  ]);
  const extensions = backup.extensions.map(({ name, version }) => `${name} ${version}`);
  return `
## What is inside

${table(['table', 'rows', 'text', 'file'], rows)}

Besides: ${counted(backup.sequences.length, 'sequence')}, ${counted(backup.largeObjects.count, 'large object')}${
    extensions.length > 0 ? `, the extensions ${list(extensions)} (their versions at the source)` : ''
  }. Generated columns are
computed again by the restore.`;
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

The source's catalog holds passwords for other servers. They are not in this backup; placeholders stand for them. The restore
works without them; what uses them does not. Afterwards set each again, with \`ALTER USER MAPPING ... OPTIONS (SET password '...')\`,
\`ALTER SERVER ... OPTIONS (SET ...)\` or \`ALTER SUBSCRIPTION ... CONNECTION '...'\`:

${table(['where', 'placeholder'], rows)}`;
}
