import { copyInStatement } from '../archive/copy-in-statement.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { ObjectPurpose, TableData } from '../archive/manifest.ts';
import { rowsObjects } from '../archive/stored-objects.ts';
import type { Setting } from '../catalog/settings.ts';
import { digestOfView } from '../catalog/view-digest.ts';
import { shell, spellOutControls } from '../ground/shell.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import {
  missingExtensions,
  missingRoles,
  missingTablespaces,
  WHAT_IS_THERE,
  WHAT_TO_ANALYZE,
} from './restore-queries.ts';
import {
  decryptScripts,
  requireAge,
  type ScriptFile,
  scriptFile,
  UNPACK,
  UNPACK_ENCRYPTED,
} from './restore-script-age.ts';
import {
  ARGUMENTS,
  CHECK_FILES,
  COMPARE_VIEW,
  COUNTING,
  LOADING,
  SHELL_FUNCTIONS,
} from './restore-script-parts.ts';
import { NOT_WHOLE, REFUSED_ROWS } from './restore-script-refused.ts';
import { restoreSettings } from './restore-settings.ts';
import { nameInAttempt, nameOfPurpose, rowsInAttempt, type UnsealedBackup } from './unsealed-backup.ts';

/**
 * Writes the script that restores a backup with psql and zstd, without Lifeboat. An encrypted backup needs age, too. The script refuses a
 * database that is not empty. It stops at the first error, and says what failed and in what state the
 * database is. It loads rows that their table refuses last, if necessary without the constraints that refuse
 * them. It runs post-data.sql to its end, and names what could not be created. The script holds no secret and
 * no row.
 */
export function writeRestoreScript(backup: UnsealedBackup): string {
  return [
    header(backup),
    ARGUMENTS,
    SHELL_FUNCTIONS,
    requireAge(backup),
    preparation(backup),
    CHECK_FILES,
    decryptScripts(backup),
    checks(backup),
    schemaBefore(backup),
    backup.encryption ? UNPACK_ENCRYPTED : UNPACK,
    LOADING,
    REFUSED_ROWS,
    rows(backup),
    counts(backup),
    schemaAfter(backup),
    conclusion(backup),
  ].join('');
}

function header(backup: UnsealedBackup): string {
  // A line feed in a name would end the comment.
  return `#!/bin/sh
# This script restores the backup ${nameOfBackup(backup)}
# of the database ${spellOutControls(backup.server.database)} (PostgreSQL ${spellOutControls(backup.server.version)}), as it was at ${backup.snapshot.takenAt}.
# It needs only ${backup.encryption ? 'psql, zstd, age and the secret key of one of its recipients' : 'psql and zstd'}. Lifeboat ${spellOutControls(backup.lifeboatVersion)} wrote it; you do not need Lifeboat to run it.
# RECOVERY.md, beside this file, explains each step.
#
#   sh restore.sh [options] [postgres://user@host:port/database]
#
# The database must exist and be empty. Name it by a URL, by LIFEBOAT_TARGET_URL, or by psql's variables: PGHOST, PGPORT,
# PGUSER, PGDATABASE, PGSSLMODE, PGSERVICE. The URL in the arguments comes before all variables. The script refuses to choose
# between LIFEBOAT_TARGET_URL and PGDATABASE, PGSERVICE, PGHOST or PGHOSTADDR. Put the password into PGPASSWORD, ~/.pgpass or
# the URL.
#
#   --roles              first create the roles and memberships of the backup; new roles have no passwords
#   --database-settings  also apply the settings and the comment of the database itself
#   --no-owner           the role that restores becomes the owner of everything
#   --no-tablespaces     create everything in the default tablespace: the source's are directories of its machine
#   --from s3://...      fetch each file when it is needed, with the AWS CLI (aws), from this folder of the vault
#                        (default: the files are beside this script)
${backup.encryption ? IDENTITY_USAGE : ''}#   --into-existing      accept a database that is not empty; objects that conflict still stop the restore
#
# A backup contains code. Functions that checks, generated columns, indexes and partitions call run during the restore, with
# the rights of the role that restores. If it is a superuser, they can run programs on the server's machine. Everybody who
# could create a table in the source could have written such a function. If you do not trust all of them, connect as a role
# that owns the database and is not a superuser (CREATE ROLE restorer LOGIN; CREATE DATABASE ... OWNER restorer). Then add
# --no-owner, or make that role a member of the roles that own the objects. This script itself is a program, too: run it
# only if it comes from a vault that you trust.

set -eu
if (set -o pipefail) 2> /dev/null; then set -o pipefail; fi
umask 077
LC_ALL=C
export LC_ALL
PGAPPNAME=lifeboat-restore
export PGAPPNAME
`;
}

const IDENTITY_USAGE = `#   --identity FILE      the age identity file that opens the backup (default: AGE_IDENTITY_FILE names it)
`;

function preparation(backup: UnsealedBackup): string {
  const objects = [...backup.objects, ...rowsObjects(backup)];
  const sums = objects.map(({ key, sha256 }) => `${sha256}  ${nameInAttempt(backup, key)}\n`).join('');
  return `${shell`
take_password
cd "$(dirname "$0")"
folder=$(mktemp -d "\${TMPDIR:-/tmp}/lifeboat-restore.XXXXXX" 2> /dev/null) || {
  folder=\${TMPDIR:-/tmp}/lifeboat-restore.$$
  mkdir "$folder"
}
work=$folder

cat > "$work/files" <<'END_OF_FILES'
`}${sums}END_OF_FILES
`;
}

function checks(backup: UnsealedBackup): string {
  const { encoding, versionNumber, collate } = backup.server;
  const settings = restoreSettings(encoding);
  const sourceMajor = Math.floor(versionNumber / 10_000);
  const joined = (statements: readonly string[]) => statements.map((one) => `${one};`).join(' ');
  const newer = settings.filter(({ sinceMajor }) => sinceMajor > 0);
  return [
    shell`
settings=${joined(settings[0]?.statements ?? [])}
version=$(sql -qAt -c 'SHOW server_version_num') || stop 'the database cannot be reached; psql'\''s message is above.'
major=$((version / 10000))

# For a superuser on 17 and later: event triggers do not fire, neither for what this script does nor for its connections.
without_event_triggers="\${PGOPTIONS:-} -c event_triggers=off"
if [ "$major" -ge 17 ] && (PGOPTIONS=$without_event_triggers && export PGOPTIONS && sql -q -c 'SELECT') > /dev/null 2>&1; then
  PGOPTIONS=$without_event_triggers
  export PGOPTIONS
fi
`,
    ...newer.map(
      ({ sinceMajor, statements }) =>
        `if [ "$major" -ge ${sinceMajor} ]; then settings="$settings "${shell`${joined(statements)}`}; fi\n`,
    ),
    shell`
database=$(ask 'SELECT pg_catalog.current_database()')
say ''
say ${`Backup:   ${nameOfBackup(backup)}, taken ${backup.snapshot.takenAt}, PostgreSQL ${spellOutControls(backup.server.version)}`}
say "Database: $database, PostgreSQL $(ask 'SHOW server_version')"
say ''

[ "$major" -ge ${sourceMajor} ] ||
  stop "this server is PostgreSQL $major, and the backup comes from "${sourceMajor}'. Restore into that major version or a newer one.'

# In restricted mode psql runs only SQL, and none of its own commands that a file could hold. Older minor versions do not have
# this mode. Lifeboat writes only SQL into these files, and the checksums show that they are what it wrote.
restricted=
if sql -q -c '\restrict probe' > /dev/null 2>&1; then restricted=lifeboat$$x\${folder##*.}; fi
[ -n "$restricted" ] ||
  say 'Note: this psql cannot be restricted to SQL; releases since August 2025 can. Do not use it for files from somebody whom you do not trust.'

superuser=$(ask 'SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER AND rolsuper')
[ -z "$superuser" ] ||
  say "Note: $superuser is a superuser, and functions of the backup run with its rights. To restore as another role: sh restore.sh --help"

if [ -z "$into_existing" ]; then
  there=$(ask ${WHAT_IS_THERE})
  [ -z "$there" ] ||
    stop "the database $database is not empty. It holds, among others: $there. Create an empty database, or add --into-existing."
fi

encoding=$(ask 'SHOW server_encoding')
[ "$encoding" = ${encoding} ] ||
  say "Note: the backup's encoding is "${encoding}", this database's is $encoding. Text that cannot be converted stops the restore."`,
    collate === null ? '' : collationNote(collate),
    shell`
missing=$(ask ${missingExtensions(backup.extensions.map(({ name }) => name))})
[ -z "$missing" ] || stop "this server does not have the extensions that the backup needs: $missing. Install them first."
`,
    tablespaceCheck(backup),
  ].join('');
}

function tablespaceCheck({ leftOut }: UnsealedBackup): string {
  const tablespaces = leftOut.filter(({ what }) => what === 'tablespace').map(({ name }) => name);
  if (tablespaces.length === 0) return '';
  return shell`
if [ -z "$no_tablespaces" ]; then
  missing=$(ask ${missingTablespaces(tablespaces)})
  [ -z "$missing" ] ||
    stop "this server does not have tablespaces that the backup uses: $missing. Create them (CREATE TABLESPACE ... LOCATION ...), or add --no-tablespaces to put everything into the default tablespace."
fi
`;
}

function collationNote(collate: string): string {
  return shell`
collation=$(ask 'SELECT datcollate FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()')
[ "$collation" = ${collate} ] ||
  say "Note: text sorts by "${collate}" in the backup, by $collation here. Indexes, ranges and checks on text may not fit the rows."
`;
}

function schemaBefore(backup: UnsealedBackup): string {
  const roles = scriptOf(backup, 'roles');
  const preData = scriptOf(backup, 'pre-data');
  return [
    shell`
start_again="Do not use it. Drop it, create it again and restart this script (RECOVERY.md). The backup itself was not changed."
if [ -n "$into_existing" ]; then
  start_again='It also holds what was in it before. The backup itself was not changed.'
fi
`,
    roles === undefined
      ? ''
      : shell`
if [ -n "$with_roles" ]; then
  say 'Creating roles ...'
  state='Some roles may have been created; the database itself was not changed.'
  `.concat(runFile(roles), 'fi\n'),
    shell`
missing=$(ask ${missingRoles(backup.roles)})
[ -z "$missing" ] || stop "roles that the backup needs are not on this server: $missing. Create them, or add --roles."

state="The restore into the database $database is not complete. $start_again"
`,
    preData === undefined
      ? ''
      : shell`
say 'Creating schemas, types, functions, tables ...'
`.concat(runFile(preData)),
    computing(backup),
  ].join('');
}

/**
 * See restore/compute-as-source.ts. Runs after pre-data.sql, because a setting may name what that file
 * creates.
 */
function computing({ server: { sessionDefaults = [] } }: UnsealedBackup): string {
  const settings = sessionDefaults.filter(({ name }) => name !== 'lc_monetary');
  if (settings.length === 0) return '';
  return `
text_settings=$settings
# From here on functions (of generated columns, checks, materialized views) run under the settings of the source's sessions.
take_settings ${settings.map(settingWords).join(' ')}
`;
}

function settingWords({ name, value }: Setting): string {
  return shell`${spellOutControls(`${name} = ${value}`)} ${`SET ${quoteIdentifier(name)} TO ${quoteLiteral(value)}`}`;
}

function rows(backup: UnsealedBackup): string {
  const metadata = scriptOf(backup, 'large-object-metadata');
  const tables = backup.tables.flatMap((table) => {
    const name = spellOutControls(`${table.schema}.${table.name}`);
    const statement = copyStatement(table, backup.server.encoding);
    const own = qualifiedName(table.schema, table.name);
    const { partitionRoot: root } = table;
    const into = root ? qualifiedName(root.schema, root.name) : own;
    const tree = shownTree(table);
    return table.chunks.map(
      (chunk) =>
        `${shell`load_table ${name} ${rowsInAttempt(backup, chunk)} ${chunk.rows} `}${statement}${shell` ${into} ${own} ${quoteLiteral(own)} ${tree}
`}`,
    );
  });
  const largeObjects = backup.largeObjects.chunks.map(
    ({ key, rows }) => shell`load_large_objects ${nameInAttempt(backup, key)} ${rows}
`,
  );
  const createLargeObjects =
    metadata === undefined || backup.largeObjects.count === 0
      ? ''
      : shell`
say 'Creating large objects ...'
`.concat(runFile(metadata));
  const chunks = tables.length + largeObjects.length;
  return [
    shell`
chunks=${chunks}
`,
    chunks === 0 ? '' : "say 'Loading rows ...'\n",
    ...tables,
    tables.length === 0 ? '' : 'load_refused\n',
    createLargeObjects,
    ...largeObjects,
  ].join('');
}

/**
 * Groups the partitions of a table, because only their sum is compared: a row may land in another partition
 * than in the source when the partition depends on the hash of an enum.
 */
function counts(backup: UnsealedBackup): string {
  const trees = Map.groupBy(
    backup.tables.filter(({ dataLeftOut }) => dataLeftOut === undefined),
    shownTree,
  );
  if (trees.size === 0 || backup.scope === 'schema-only') return '';
  const lines = [...trees].flatMap(([shown, tables]) =>
    tables.map((table) => {
      const from = `${qualifiedName(table.schema, table.name)} ${table.condition ?? ''}`.trim();
      return shell`expect_rows ${shown} ${table.rows} ${`SELECT pg_catalog.count(*) FROM ONLY ${from}`}
`;
    }),
  );
  return [COUNTING, ...lines, 'compare_counts\n'].join('');
}

/** The name under which a table's rows are counted; for a partition, the name of its root. */
function shownTree({ schema, name, partitionRoot: root }: TableData): string {
  return spellOutControls(`${root?.schema ?? schema}.${root?.name ?? name}`);
}

/**
 * The statement as a word of sh. For a database without an encoding, the statement declares that the rows are
 * in the target's encoding. With SQL_ASCII the server would check nothing, and a UTF8 database would hold
 * invalid bytes.
 */
function copyStatement(table: TableData, encoding: string): string {
  if (encoding !== 'SQL_ASCII') return shell`${copyInStatement(table, encoding)}`;
  const statement = copyInStatement(table, encoding);
  const at = statement.lastIndexOf(encoding);
  return `${shell`${statement.slice(0, at)}`}"$encoding"${shell`${statement.slice(at + encoding.length)}`}`;
}

function schemaAfter(backup: UnsealedBackup): string {
  const sequences = scriptOf(backup, 'sequences');
  const postData = scriptOf(backup, 'post-data');
  const database = scriptOf(backup, 'database');
  const money = backup.server.sessionDefaults?.find(({ name }) => name === 'lc_monetary');
  return [
    sequences === undefined
      ? ''
      : shell`
say 'Setting sequences ...'
`.concat(runFile(sequences)),
    postData === undefined
      ? ''
      : shell`
say 'Creating indexes, constraints, triggers, policies ...'
state="All rows are in the database $database, but indexes, constraints, triggers and policies are not complete.
Without its policies it shows every row to everybody. $start_again"
`,
    money === undefined || postData === undefined
      ? ''
      : `# lc_monetary also decides how the text of money is read. It is set only if post-data.sql writes no money.
grep -qi money ${postData.word} || take_settings ${settingWords(money)}
`,
    postData === undefined
      ? ''
      : `run_to_the_end ${postData.word} || ${shell`stop ${`${postData.name} was not read to its end; psql's message is above.`}
`}`,
    views(backup),
    // These settings come last: they may limit the number of sessions, or change how this script reads and
    // computes.
    database === undefined
      ? ''
      : shell`
if [ -n "$with_settings" ]; then
  say 'Applying the settings of the database ...'
  state="The database $database is restored; its statistics and some of its own settings are missing. Run ANALYZE in it."
  `.concat(runFile(database), 'fi\n'),
  ].join('');
}

function scriptOf(backup: UnsealedBackup, purpose: ObjectPurpose): ScriptFile | undefined {
  const name = nameOfPurpose(backup, purpose);
  return name === undefined ? undefined : scriptFile(name);
}

function runFile({ name, word }: ScriptFile): string {
  return `run_file ${word} || ${shell`stop ${`${name} was refused; psql's message is above.`}
`}`;
}

/** See restore/refresh-as-stored.ts. */
function views({ materializedViews = [], server, scope }: UnsealedBackup): string {
  if (materializedViews.length === 0 || scope === 'schema-only') return '';
  const ownDefaults = (server.sessionDefaults ?? [])
    .filter(({ ofDatabase }) => ofDatabase)
    .map(({ name }) => `SET ${quoteIdentifier(name)} TO DEFAULT;`);
  return [
    COMPARE_VIEW,
    shell`own_defaults=${ownDefaults.join(' ')}
`,
    ...materializedViews.map((view) => {
      const name = qualifiedName(view.schema, view.name);
      const shown = spellOutControls(`${view.schema}.${view.name}`);
      return shell`compare_view ${shown} ${view.digest} ${digestOfView(view)} ${`REFRESH MATERIALIZED VIEW ${name}`}
`;
    }),
  ].join('');
}

function conclusion(backup: UnsealedBackup): string {
  const tables = backup.tables.filter(({ dataLeftOut }) => dataLeftOut === undefined);
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  const leftOut = backup.leftOut.length + backup.tables.length - tables.length;
  const restored =
    backup.scope === 'schema-only'
      ? 'the schema, without rows.'
      : `${total} rows of ${tables.length} tables.`;
  const sentences = [
    `say "Restored into $database: "${shell`${restored}`}\n`,
    leftOut > 0
      ? shell`say 'Some things were not in the backup: RECOVERY.md names them.'
`
      : '',
    backup.placeholders.length > 0
      ? shell`say 'Passwords for other servers are placeholders: RECOVERY.md says where to put them back.'
`
      : '',
  ];
  const compares = backup.scope !== 'schema-only' && tables.length > 0;
  const source = `LIFEBOAT_SOURCE_URL=... lifeboat diff ${nameOfBackup(backup)}`;
  const compared = compares
    ? shell`
if [ -n "$wrong" ]; then
  state='Everything else is restored. Something in the database changed its rows, or the backup is not what it says. To find out which: lifeboat drill'
  stop "tables do not hold as many rows as the backup:$wrong"
fi
`
    : '';
  const said = compares
    ? shell`say ''
if [ -n "$check" ]; then say 'Compared: the checksum of each file.'; fi
if [ -n "$counted" ]; then say 'Compared: the number of rows of each table.'; fi
say 'Not compared: the values in the rows, generated columns, materialized views, definitions, grants.'
say ${`To compare the values with Lifeboat: ${source}`}
`
    : '';
  return [
    shell`
state="The database $database is restored; only its statistics are missing. Run ANALYZE in it."
say 'Collecting statistics ...'
{
  printf '%s;\n' 'SET client_min_messages = error' 'SET statement_timeout = 0'
  printf '%s \\gexec\n' ${WHAT_TO_ANALYZE}
} | sql -q -c "$settings" -f - || stop 'ANALYZE failed; psql'\''s message is above.'

`,
    NOT_WHOLE,
    compared,
    shell`
trap - 0 1 2 15
rm -rf "$work"
say ''
`,
    ...sentences,
    said,
  ].join('');
}
