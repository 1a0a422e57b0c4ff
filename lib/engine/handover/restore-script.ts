import { copyInStatement } from '../archive/copy-in-statement.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { TableData } from '../archive/manifest.ts';
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
  ARGUMENTS,
  CHECK_FILES,
  COMPARE_VIEW,
  COUNTING,
  LOADING,
  SHELL_FUNCTIONS,
} from './restore-script-parts.ts';
import { NOT_WHOLE, REFUSED_ROWS } from './restore-script-refused.ts';
import { restoreSettings } from './restore-settings.ts';
import { nameInAttempt, nameOfPurpose, type UnsealedBackup } from './unsealed-backup.ts';

/**
 * The script that restores a backup without Lifeboat, by psql and zstd: it stops at the first error, says then what
 * failed and in what state the database is, and refuses a database that is not empty. Rows that their table refuses are loaded
 * last, at need without the constraints that refuse them, and post-data.sql is read to its end: what could not be made is named. Holds no secret and no row.
 */
export function writeRestoreScript(backup: UnsealedBackup): string {
  return [
    header(backup),
    ARGUMENTS,
    SHELL_FUNCTIONS,
    preparation(backup),
    CHECK_FILES,
    checks(backup),
    schemaBefore(backup),
    LOADING,
    REFUSED_ROWS,
    rows(backup),
    counts(backup),
    schemaAfter(backup),
    conclusion(backup),
  ].join('');
}

function header(backup: UnsealedBackup): string {
  // Names are cleaned for the comment: a line feed in one would end it.
  return `#!/bin/sh
# Restores the backup ${nameOfBackup(backup)}
# of the database ${spellOutControls(backup.server.database)} (PostgreSQL ${spellOutControls(backup.server.version)}), as it was at ${backup.snapshot.takenAt},
# with psql and zstd alone. Written by Lifeboat ${spellOutControls(backup.lifeboatVersion)}, which is not needed here.
# RECOVERY.md, beside this file, explains each step.
#
#   sh restore.sh [options] [postgres://user@host:port/database]
#
# The database must be there and be empty. Without a URL psql's own variables say which it is: PGHOST, PGPORT, PGUSER,
# PGDATABASE, PGSSLMODE, PGSERVICE. The password comes from PGPASSWORD, ~/.pgpass, or the URL.
#
#   --roles              create the roles and memberships of the backup first; without passwords, which it does not hold
#   --database-settings  apply the database's own settings and comment
#   --no-owner           leave everything with the role that restores
#   --no-tablespaces     make everything in the default tablespace, for the source's are directories of its machine
#   --from s3://...      fetch the files from that folder of the vault, as they are needed, by the AWS CLI (aws); otherwise
#                        they have to lie beside this script
#   --into-existing      do not refuse a database that holds something already; what conflicts still stops it
#
# A backup brings code: functions that checks, generated columns, indexes and partitions call run while it is restored, with
# the rights of the role that restores. As a superuser they can run programs on the server's machine, and whoever could create
# a table in the source could have written one. If you do not trust all of them, connect as a role that is no superuser and
# owns the database (CREATE ROLE restorer LOGIN; CREATE DATABASE ... OWNER restorer), with --no-owner, or as a member of the
# roles that own things. And run this script itself only if it comes from a vault that you trust: it is a program.

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
say ${`Backup:   ${nameOfBackup(backup)}, taken ${backup.snapshot.takenAt}, PostgreSQL ${spellOutControls(backup.server.version)}`}
say "Database: $database, PostgreSQL $(ask 'SHOW server_version')"
say ''

[ "$major" -ge ${sourceMajor} ] ||
  stop "this server is PostgreSQL $major, and the backup comes from "${sourceMajor}': use that major version or a newer one.'

# Restricted, psql runs SQL and nothing else that the files could hold; older minor versions cannot. Lifeboat wrote no file
# with anything else in it, and the checksums above say that they are what it wrote.
restricted=
if sql -q -c '\restrict probe' > /dev/null 2>&1; then restricted=lifeboat$$x\${folder##*.}; fi
[ -n "$restricted" ] ||
  say 'Note: this psql cannot be restricted to SQL; one of August 2025 or later can. Do not use it for files of somebody you do not trust.'

superuser=$(ask 'SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER AND rolsuper')
[ -z "$superuser" ] ||
  say "Note: $superuser is a superuser, and functions of the backup run with its rights: sh restore.sh --help tells of another way."

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
[ -z "$missing" ] || stop "roles that the backup names are not on this server: $missing. Create them, or add --roles."

state="The restore into the database $database is not complete. $start_again"
`,
    preData === undefined
      ? ''
      : shell`
say 'Creating schemas, types, functions, tables ...'
run_file ${preData} || stop ${`${preData} was refused; psql's message is above.`}
`,
    computing(backup),
  ].join('');
}

/** See restore/compute-as-source.ts. After pre-data.sql, which makes what a setting may name. */
function computing({ server: { sessionDefaults = [] } }: UnsealedBackup): string {
  const settings = sessionDefaults.filter(({ name }) => name !== 'lc_monetary');
  if (settings.length === 0) return '';
  return `
text_settings=$settings
# What functions compute from here on (generated columns, checks, materialized views) they compute as in the source's sessions.
take_settings ${settings.map(settingWords).join(' ')}
`;
}

function settingWords({ name, value }: Setting): string {
  return shell`${spellOutControls(`${name} = ${value}`)} ${`SET ${quoteIdentifier(name)} TO ${quoteLiteral(value)}`}`;
}

function rows(backup: UnsealedBackup): string {
  const metadata = nameOfPurpose(backup, 'large-object-metadata');
  const tables = backup.tables.flatMap((table) => {
    const name = spellOutControls(`${table.schema}.${table.name}`);
    const statement = copyStatement(table, backup.server.encoding);
    const own = qualifiedName(table.schema, table.name);
    const { partitionRoot: root } = table;
    const into = root ? qualifiedName(root.schema, root.name) : own;
    const tree = shownTree(table);
    return table.chunks.map(
      ({ key, rows }) =>
        `${shell`load_table ${name} ${nameInAttempt(backup, key)} ${rows} `}${statement}${shell` ${into} ${own} ${quoteLiteral(own)} ${tree}
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

/** Partitions of one table one after the other: which of them a row is in can differ, where it hangs on a hash of an enum. */
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

/** The name under which a table's rows are counted: the root's of a partition. */
function shownTree({ schema, name, partitionRoot: root }: TableData): string {
  return spellOutControls(`${root?.schema ?? schema}.${root?.name ?? name}`);
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
  const database = nameOfPurpose(backup, 'database');
  const money = backup.server.sessionDefaults?.find(({ name }) => name === 'lc_monetary');
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
`,
    money === undefined || postData === undefined
      ? ''
      : `# It decides what the text of money means, too: the source's is right where no money is written.
${shell`grep -qi money ${postData} || `}take_settings ${settingWords(money)}
`,
    postData === undefined
      ? ''
      : shell`run_to_the_end ${postData} || stop ${`${postData} was not read to its end; psql's message is above.`}
`,
    views(backup),
    // Last of all, so that nothing here meets them: they let in fewer sessions, or read and compute otherwise.
    database === undefined
      ? ''
      : shell`
if [ -n "$with_settings" ]; then
  say 'Applying the settings of the database ...'
  state="The database $database is restored; some of its own settings are missing, and its statistics. Run ANALYZE in it."
  run_file ${database} || stop ${`${database} was refused; psql's message is above.`}
fi
`,
  ].join('');
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
      ? shell`say 'Passwords of other servers are placeholders: RECOVERY.md says where to put them back.'
`
      : '',
  ];
  const compares = backup.scope !== 'schema-only' && tables.length > 0;
  const source = `LIFEBOAT_SOURCE_URL=... lifeboat diff ${nameOfBackup(backup)}`;
  const compared = compares
    ? shell`
if [ -n "$wrong" ]; then
  state='All else of the backup is restored. Something in the database changed its rows, or the backup is not what it says: lifeboat drill tells.'
  stop "tables do not hold as many rows as the backup:$wrong"
fi
`
    : '';
  const said = compares
    ? shell`say ''
if [ -n "$check" ]; then say 'Compared: the checksum of each file.'; fi
if [ -n "$counted" ]; then say 'Compared: the number of rows of each table.'; fi
say 'Not compared: the values in the rows, generated columns, materialized views, definitions, grants.'
say ${`Lifeboat compares values: ${source}`}
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
