import { qualifiedName, quoteLiteral } from '../sql.ts';
import { copyInStatement } from './copy-in.ts';
import type { TableData } from './manifest.ts';
import {
  missingExtensions,
  missingRoles,
  missingTablespaces,
  WHAT_IS_THERE,
  WHAT_TO_ANALYZE,
} from './restore-queries.ts';
import { ARGUMENTS, CHECK_FILES, FUNCTIONS, LOADING } from './restore-script-parts.ts';
import { NOT_WHOLE, REFUSED_ROWS } from './restore-script-refused.ts';
import { restoreSettings } from './restore-settings.ts';
import { printable, shell } from './shell.ts';
import { nameInAttempt, nameOfPurpose, type UnsealedBackup } from './unsealed-backup.ts';
import { nameOfBackup } from './vault.ts';

/**
 * The script that restores a backup without Lifeboat, by psql and zstd: it stops at the first error, says then what
 * failed and in what state the database is, and refuses a database that is not empty. Rows that their table refuses are loaded
 * last, at need without the constraints that refuse them, and post-data.sql is read to its end: what could not be made is named. Holds no secret and no row.
 */
export function writeRestoreScript(backup: UnsealedBackup): string {
  return [
    header(backup),
    ARGUMENTS,
    FUNCTIONS,
    preparation(backup),
    CHECK_FILES,
    checks(backup),
    schemaBefore(backup),
    LOADING,
    REFUSED_ROWS,
    rows(backup),
    schemaAfter(backup),
    conclusion(backup),
  ].join('');
}

function header(backup: UnsealedBackup): string {
  // Names are cleaned for the comment: a line feed in one would end it.
  return `#!/bin/sh
# Restores the backup ${nameOfBackup(backup)}
# of the database ${printable(backup.server.database)} (PostgreSQL ${printable(backup.server.version)}), as it was at ${backup.snapshot.takenAt},
# with psql and zstd alone. Written by Lifeboat ${printable(backup.lifeboatVersion)}, which is not needed here.
# RECOVERY.md, beside this file, explains each step.
#
#   sh restore.sh [options] [postgres://user@host:port/database]
#
# The database must be there and be empty. Without a URL psql's own variables say which it is: PGHOST, PGPORT, PGUSER,
# PGDATABASE, PGSSLMODE, PGSERVICE. The password comes from PGPASSWORD, ~/.pgpass, or the URL.
#
#   --roles              create the roles and memberships of the backup first; without passwords, which it does not hold
#   --database-settings  apply the database's own settings and comment
#   --no-tablespaces     make everything in the default tablespace, for the source's are directories of its machine
#   --from s3://...      fetch the files from that folder of the vault, as they are needed, by the AWS CLI (aws); otherwise
#                        they have to lie beside this script
#   --into-existing      do not refuse a database that holds something already; what conflicts still stops it

set -eu
if (set -o pipefail) 2> /dev/null; then set -o pipefail; fi
umask 077
LC_ALL=C
export LC_ALL
PGAPPNAME=lifeboat-restore
export PGAPPNAME
`;
}

function preparation(backup: UnsealedBackup): string {
  const objects = [
    ...backup.objects,
    ...backup.tables.flatMap(({ chunks }) => chunks),
    ...backup.largeObjects.chunks,
  ];
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
version=$(sql -qAt -c 'SHOW server_version_num') || stop 'the database cannot be reached; psql says why above.'
major=$((version / 10000))

# On 17 and later, for a superuser: no event trigger acts on what this script does, nor on its connections.
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
say ${`Backup:   ${nameOfBackup(backup)}, taken ${backup.snapshot.takenAt}, PostgreSQL ${printable(backup.server.version)}`}
say "Database: $database, PostgreSQL $(ask 'SHOW server_version')"
say ''

[ "$major" -ge ${sourceMajor} ] ||
  stop "this server is PostgreSQL $major, and the backup comes from "${sourceMajor}': use that major version or a newer one.'

# Restricted, psql runs SQL and nothing else that the files could hold; older minor versions cannot.
restricted=
if sql -q -c '\restrict probe' > /dev/null 2>&1; then restricted=lifeboat$$x$(date +%s); fi

if [ -z "$into_existing" ]; then
  there=$(ask ${WHAT_IS_THERE})
  [ -z "$there" ] ||
    stop "the database $database is not empty. It holds, among others: $there. Create an empty one, or add --into-existing."
fi

encoding=$(ask 'SHOW server_encoding')
[ "$encoding" = ${encoding} ] ||
  say "Note: the backup's encoding is "${encoding}", this database's is $encoding. What cannot be converted will stop the restore."`,
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
    stop "this server does not have tablespaces that the backup puts things into: $missing. Create them (CREATE TABLESPACE ... LOCATION ...), or add --no-tablespaces: then everything lies in the default one."
fi
`;
}

function collationNote(collate: string): string {
  return shell`
collation=$(ask 'SELECT datcollate FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()')
[ "$collation" = ${collate} ] ||
  say "Note: text sorts by "${collate}" in the backup, by $collation here: indexes, ranges and checks on text may not fit."
`;
}

function schemaBefore(backup: UnsealedBackup): string {
  const roles = nameOfPurpose(backup, 'roles');
  const database = nameOfPurpose(backup, 'database');
  const preData = nameOfPurpose(backup, 'pre-data');
  return [
    shell`
start_again="Do not use it. Drop it, create it again and start again (RECOVERY.md). The backup itself was not changed."
if [ -n "$into_existing" ]; then
  start_again='What it held before stands beside it. The backup itself was not changed.'
fi
`,
    roles === undefined
      ? ''
      : shell`
if [ -n "$with_roles" ]; then
  say 'Creating roles ...'
  state='Some roles may have been created; the database itself was not changed.'
  run_file ${roles} || stop ${`${roles} was refused; psql's message is above.`}
fi
`,
    shell`
missing=$(ask ${missingRoles(backup.roles)})
[ -z "$missing" ] || stop "roles that own things in the backup are not on this server: $missing. Create them, or add --roles."

state="The restore into the database $database is not complete. $start_again"
`,
    database === undefined
      ? ''
      : shell`
if [ -n "$with_settings" ]; then
  say 'Applying the settings of the database ...'
  run_file ${database} || stop ${`${database} was refused; psql's message is above.`}
fi
`,
    preData === undefined
      ? ''
      : shell`
say 'Creating schemas, types, functions, tables ...'
run_file ${preData} || stop ${`${preData} was refused; psql's message is above.`}
`,
  ].join('');
}

function rows(backup: UnsealedBackup): string {
  const metadata = nameOfPurpose(backup, 'large-object-metadata');
  const tables = backup.tables.flatMap((table) => {
    const name = printable(`${table.schema}.${table.name}`);
    const statement = copyStatement(table, backup.server.encoding);
    const own = qualifiedName(table.schema, table.name);
    const { partitionRoot: root } = table;
    const into = root ? qualifiedName(root.schema, root.name) : own;
    return table.chunks.map(
      ({ key, rows }) =>
        `${shell`load_table ${name} ${nameInAttempt(backup, key)} ${rows} `}${statement}${shell` ${into} ${own} ${quoteLiteral(own)}
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
run_file ${metadata} || stop ${`${metadata} was refused; psql's message is above.`}
`;
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
 * The statement as a word of sh. Rows of a database without an encoding are told to be in that of the target: told
 * SQL_ASCII, the server would check nothing, and a database in UTF8 hold bytes that are no characters of it.
 */
function copyStatement(table: TableData, encoding: string): string {
  if (encoding !== 'SQL_ASCII') return shell`${copyInStatement(table, encoding)}`;
  const statement = copyInStatement(table, encoding);
  const at = statement.lastIndexOf(encoding);
  return `${shell`${statement.slice(0, at)}`}"$encoding"${shell`${statement.slice(at + encoding.length)}`}`;
}

function schemaAfter(backup: UnsealedBackup): string {
  const sequences = nameOfPurpose(backup, 'sequences');
  const postData = nameOfPurpose(backup, 'post-data');
  return [
    sequences === undefined
      ? ''
      : shell`
say 'Setting sequences ...'
run_file ${sequences} || stop ${`${sequences} was refused; psql's message is above.`}
`,
    postData === undefined
      ? ''
      : shell`
say 'Creating indexes, constraints, triggers, policies ...'
state="All rows are in the database $database, but indexes, constraints, triggers and policies are not complete:
without its policies it shows every row to everybody. $start_again"
run_to_the_end ${postData} || stop ${`${postData} was not read to its end; psql's message is above.`}
`,
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
      ? shell`say 'Passwords of other servers are placeholders: RECOVERY.md says where to put them back.'
`
      : '',
  ];
  return [
    shell`
state="The database $database is restored; only its statistics are missing. Run ANALYZE in it."
say 'Collecting statistics ...'
{
  printf '%s;\n' 'SET client_min_messages = error' 'SET statement_timeout = 0'
  printf '%s \\gexec\n' ${WHAT_TO_ANALYZE}
} | sql -q -f - || stop 'ANALYZE failed; psql'\''s message is above.'

`,
    NOT_WHOLE,
    shell`
trap - 0 1 2 15
rm -rf "$work"
say ''
`,
    ...sentences,
  ].join('');
}
