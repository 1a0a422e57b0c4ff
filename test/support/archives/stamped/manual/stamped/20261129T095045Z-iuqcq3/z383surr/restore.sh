#!/bin/sh
# Restores the backup manual/stamped/20261129T095045Z-iuqcq3
# of the database stamped (PostgreSQL 15.20 (Debian 15.20-0+deb12u1)), as it was at 2026-11-29T09:50:46.745Z,
# with psql and zstd alone. Written by Lifeboat 0.1.0, which is not needed here.
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

usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

target=${LIFEBOAT_TARGET_URL:-}
with_roles=
with_settings=
no_tablespaces=
into_existing=
from=
expects_from=
for argument in "$@"; do
  if [ -n "$expects_from" ]; then
    from=$argument
    expects_from=
    continue
  fi
  case $argument in
    --from) expects_from=yes ;;
    --from=*) from=${argument#--from=} ;;
    --roles) with_roles=yes ;;
    --database-settings) with_settings=yes ;;
    --no-tablespaces) no_tablespaces=yes ;;
    --into-existing) into_existing=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) printf 'unknown option: %s\n\n' "$argument" >&2; usage >&2; exit 2 ;;
    *)
      if [ -n "$target" ]; then
        printf 'more than one database was given\n\n' >&2; usage >&2; exit 2
      fi
      target=$argument
      ;;
  esac
done

from=${from%/}
case $expects_from,$from in
  , | ,s3://*/*) ;;
  *) printf -- '--from needs the folder of this script in the vault: s3://bucket/.../<attempt>\n\n' >&2; usage >&2; exit 2 ;;
esac

# A command line can be read by every user of this machine, as long as it runs: with a password in it,
# start again without it.
if [ -z "${LIFEBOAT_TARGET_URL:-}" ] && [ -f "$0" ]; then
  case $target in
    *://*:*@*)
      LIFEBOAT_TARGET_URL=$target
      export LIFEBOAT_TARGET_URL
      set --
      [ -z "$with_roles" ] || set -- "$@" --roles
      [ -z "$with_settings" ] || set -- "$@" --database-settings
      [ -z "$no_tablespaces" ] || set -- "$@" --no-tablespaces
      [ -z "$into_existing" ] || set -- "$@" --into-existing
      [ -z "$from" ] || set -- "$@" --from "$from"
      exec sh "$0" "$@"
      ;;
  esac
fi
unset LIFEBOAT_TARGET_URL

say() {
  printf '%s\n' "$*"
}

state='Nothing was changed.'
work=

stop() {
  trap - 0
  trap '' 1 2 15
  [ -z "$work" ] || rm -rf "$work"
  printf '\nSTOPPED: %s\n%s\n' "$1" "$state" >&2
  exit 1
}

trap 'stop "an unexpected error; its message is above."' 0
trap 'stop "interrupted."' 1 2 15

# The text of a percent-encoded word.
decode() {
  rest=$1
  while :; do
    case $rest in
      *%??*) ;;
      *) break ;;
    esac
    printf '%s' "${rest%%\%*}"
    rest=${rest#*%}
    digits=${rest%"${rest#??}"}
    printf "\\$(printf '%o' "0x$digits")"
    rest=${rest#??}
  done
  printf '%s' "$rest"
}

# psql gets the password by PGPASSWORD, everything else of the URL as it is.
take_password() {
  case $target in
    *://*) ;;
    *password*=*) stop 'the password must not stand in the command line: use PGPASSWORD or ~/.pgpass.' ;;
    *) return 0 ;;
  esac
  case ${target#*\?} in
    "$target") ;;
    *password=*) stop 'the password must not stand in the URL'\''s parameters: use PGPASSWORD or ~/.pgpass.' ;;
  esac
  after=${target#*://}
  authority=${after%%[/?]*}
  case $authority in
    *:*@*) ;;
    *) return 0 ;;
  esac
  credentials=${authority%%@*}
  case $credentials in
    *:*) ;;
    *) return 0 ;;
  esac
  PGPASSWORD=$(decode "${credentials#*:}")
  export PGPASSWORD
  target="${target%%://*}://${credentials%%:*}@${after#*@}"
}

sql() {
  psql -X -v ON_ERROR_STOP=1 ${target:+-d} ${target:+"$target"} "$@"
}

# The answer to one query, as bare text.
ask() {
  sql -qAt -c "$settings" -c "$1"
}

run_file() {
  script=$1
  if [ -n "$no_tablespaces" ]; then
    # A line of its own, as pg_dump writes it. One inside a function's body is taken for it, too.
    sed "s/^SET default_tablespace = .*;\$/SET default_tablespace = '';/" "$1" > "$work/script.sql" || return 1
    script=$work/script.sql
  fi
  if [ -n "$restricted" ]; then
    sql -q -c "$settings" -c "\\restrict $restricted" -f "$script" > /dev/null
  else
    sql -q -c "$settings" -f "$script" > /dev/null
  fi
}

take_password
cd "$(dirname "$0")"
folder=$(mktemp -d "${TMPDIR:-/tmp}/lifeboat-restore.XXXXXX" 2> /dev/null) || {
  folder=${TMPDIR:-/tmp}/lifeboat-restore.$$
  mkdir "$folder"
}
work=$folder

cat > "$work/files" <<'END_OF_FILES'
34dbb413df92204860146c0fccc50736c0ca1f843dc6413e905c3cce8e99fa0e  roles.sql
4f2079ce0510b3858830fbcd7feed4323f64a8ff9800b4979e4807032a4b724d  database.sql
e6540520a2a243b2302a16b0661f1aa0e2b8c087bd9fab3c12f166170e4d7607  pre-data.sql
7d1a262238ceaccd247c3b48f082829580abcc76f21312c66de86a39bdb8c66a  post-data.sql
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  sequences.sql
552e268492e61bee63388a82126acc9533b843ff62599a5ae31955991995cc54  fingerprint.json.zst
98ad801602810a8fb3ac3bcfac0002cab56e91607163dbb3bdc7cecf6c60cff6  data/0003-public.log_1.copy.zst
eb318acb478680e2486a3c932363dd8230fc54a9f0322bc55a62f3c92c0bfca9  data/0004-public.orders.copy.zst
END_OF_FILES

for program in psql zstd ${from:+aws}; do
  command -v "$program" > /dev/null 2>&1 || stop "$program is not installed."
done

if command -v sha256sum > /dev/null 2>&1; then
  check='sha256sum -c'
elif command -v shasum > /dev/null 2>&1; then
  check='shasum -a 256 -c'
else
  check=
  say 'Neither sha256sum nor shasum is installed: the files are checked only as far as zstd checks them.'
fi

# What was fetched is what was written.
check_fetched() {
  [ -n "$check" ] || return 0
  grep "  $1\$" "$work/files" > "$work/one"
  $check "$work/one" > /dev/null 2>&1 || stop "$1 in $from is damaged. If it stays so, use another backup."
}

# One file out of the vault, by its name in the folder of this script.
fetch() {
  mkdir -p "$(dirname "$1")"
  aws s3 cp --only-show-errors "$from/$1" "$1" < /dev/null ||
    stop "$1 could not be fetched from $from; the message of aws is above."
  check_fetched "$1"
}

if [ -n "$from" ]; then
  say "Fetching the schema from $from ..."
  mkdir "$work/fetched"
  cd "$work/fetched"
  aws s3 ls --recursive "$from/" > "$work/listing" || stop "$from cannot be listed; the message of aws is above."
  aws s3 cp --only-show-errors --recursive --exclude '*.copy.zst' "$from/" . ||
    stop "the schema could not be fetched from $from; the message of aws is above."
  while read -r sum file; do
    grep -q "/$file\$" "$work/listing" || stop "$file is missing in $from: that is not the folder of this script."
    case $file in
      *.copy.zst) ;;
      *) check_fetched "$file" ;;
    esac
  done < "$work/files"
fi

while read -r sum file; do
  [ -f "$file" ] || [ -n "$from" ] || stop "$file is missing: the backup was not fetched whole. Fetch it again, or let this script do it: --from s3://..."
done < "$work/files"

if [ -n "$check" ] && [ -z "$from" ]; then
  say "Checking $(wc -l < "$work/files" | tr -d ' ') files ..."
  if ! $check "$work/files" > "$work/checked" 2>&1; then
    grep -v ': OK$' "$work/checked" >&2 || :
    stop 'the files named above are damaged. Fetch them again; if they stay so, use another backup.'
  fi
fi

settings='SET search_path = '\'''\''; SET standard_conforming_strings = on; SET quote_all_identifiers = off; SET bytea_output = '\''hex'\''; SET lc_monetary = '\''C'\''; SET extra_float_digits = 3; SET datestyle = '\''ISO, MDY'\''; SET intervalstyle = '\''postgres'\''; SET timezone = '\''UTC'\''; SET xmloption = '\''content'\''; SET row_security = off; SET synchronize_seqscans = off; SET jit = off; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET default_transaction_read_only = off; SET check_function_bodies = off; SET client_min_messages = warning; SET client_encoding = '\''UTF8'\'';'
version=$(sql -qAt -c 'SHOW server_version_num') || stop 'the database cannot be reached; psql says why above.'
major=$((version / 10000))
if [ "$major" -ge 14 ]; then settings="$settings "'SET idle_session_timeout = 0;'; fi
if [ "$major" -ge 17 ]; then settings="$settings "'SET transaction_timeout = 0;'; fi

database=$(ask 'SELECT pg_catalog.current_database()')
say ''
say 'Backup:   manual/stamped/20261129T095045Z-iuqcq3, taken 2026-11-29T09:50:46.745Z, PostgreSQL 15.20 (Debian 15.20-0+deb12u1)'
say "Database: $database, PostgreSQL $(ask 'SHOW server_version')"
say ''

[ "$major" -ge '15' ] ||
  stop "this server is PostgreSQL $major, and the backup comes from "'15'': use that major version or a newer one.'

# Restricted, psql runs SQL and nothing else that the files could hold; older minor versions cannot.
restricted=
if sql -q -c '\restrict probe' > /dev/null 2>&1; then restricted=lifeboat$$x$(date +%s); fi

if [ -z "$into_existing" ]; then
  there=$(ask '
  SELECT pg_catalog.string_agg(found.name, '\'', '\'') FROM (
    SELECT * FROM (
      SELECT pg_catalog.format('\''%I.%I'\'', n.nspname, c.relname) AS name
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname !~ '\''^pg_'\'' AND n.nspname <> '\''information_schema'\'' AND c.relkind IN ('\''r'\'', '\''p'\'', '\''v'\'', '\''m'\'', '\''f'\'', '\''S'\'', '\''c'\'')
         AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = '\''pg_catalog.pg_class'\''::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = '\''e'\'')
      UNION ALL
      SELECT '\''function '\'' || pg_catalog.format('\''%I.%I'\'', n.nspname, p.proname)
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname !~ '\''^pg_'\'' AND n.nspname <> '\''information_schema'\'' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = '\''pg_catalog.pg_proc'\''::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = '\''e'\'')
      UNION ALL
      SELECT '\''type '\'' || pg_catalog.format('\''%I.%I'\'', n.nspname, t.typname)
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
       WHERE n.nspname !~ '\''^pg_'\'' AND n.nspname <> '\''information_schema'\'' AND t.typtype IN ('\''d'\'', '\''e'\'', '\''r'\'') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = '\''pg_catalog.pg_type'\''::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = '\''e'\'')
      UNION ALL
      SELECT '\''schema '\'' || pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
       WHERE n.nspname !~ '\''^pg_'\'' AND n.nspname <> '\''information_schema'\'' AND n.nspname <> '\''public'\'' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = '\''pg_catalog.pg_namespace'\''::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = '\''e'\'')
      UNION ALL
      SELECT '\''large object '\'' || l.oid::pg_catalog.text FROM pg_catalog.pg_largeobject_metadata l
    ) everything ORDER BY name LIMIT 5
  ) found')
  [ -z "$there" ] ||
    stop "the database $database is not empty. It holds, among others: $there. Create an empty one, or add --into-existing."
fi

encoding=$(ask 'SHOW server_encoding')
[ "$encoding" = 'UTF8' ] ||
  say "Note: the backup's encoding is "'UTF8'", this database's is $encoding. What cannot be converted will stop the restore."
collation=$(ask 'SELECT datcollate FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()')
[ "$collation" = 'C.UTF-8' ] ||
  say "Note: text sorts by "'C.UTF-8'" in the backup, by $collation here: indexes, ranges and checks on text may not fit."

missing=$(ask '
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(needed.name), '\'', '\'' ORDER BY needed.name)
    FROM pg_catalog.unnest(ARRAY['\''plpgsql'\'']::pg_catalog.text[]) AS needed(name) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions e WHERE e.name = needed.name)')
[ -z "$missing" ] || stop "this server does not have the extensions that the backup needs: $missing. Install them first."

start_again="Do not use it. Drop it, create it again and start again (RECOVERY.md). The backup itself was not changed."
if [ -n "$into_existing" ]; then
  start_again='What it held before stands beside it. The backup itself was not changed.'
fi

if [ -n "$with_roles" ]; then
  say 'Creating roles ...'
  state='Some roles may have been created; the database itself was not changed.'
  run_file 'roles.sql' || stop 'roles.sql was refused; psql'\''s message is above.'
fi

missing=$(ask '
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(needed.name), '\'', '\'' ORDER BY needed.name)
    FROM pg_catalog.unnest(ARRAY['\''pg_database_owner'\'', '\''postgres'\'']::pg_catalog.text[]) AS needed(name) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = needed.name)')
[ -z "$missing" ] || stop "roles that own things in the backup are not on this server: $missing. Create them, or add --roles."

state="The restore into the database $database is not complete. $start_again"

if [ -n "$with_settings" ]; then
  say 'Applying the settings of the database ...'
  run_file 'database.sql' || stop 'database.sql was refused; psql'\''s message is above.'
fi

say 'Creating schemas, types, functions, tables ...'
run_file 'pre-data.sql' || stop 'pre-data.sql was refused; psql'\''s message is above.'

chunk=0

# What arrives is only trusted when zstd ended well and the server took as many rows as were backed up.
# $1: name to show, $2: file, $3: rows; the rest: psql's arguments, of which one reads the rows.
load() {
  shown=$1 file=$2 rows=$3
  shift 3
  chunk=$((chunk + 1))
  say "  $chunk of $chunks: $shown, $rows rows"
  # As large as it may be, it is the only one that lies here.
  [ -z "$from" ] || fetch "$file"
  rm -f "$work/cut"
  { zstd -dcq -- "$file" || : > "$work/cut"; } |
    sql -At -c "$settings" "$@" > "$work/answer" ||
    stop "the rows of $shown did not load from $file; the messages of psql and zstd are above."
  [ ! -e "$work/cut" ] || stop "$file could not be decompressed whole; zstd's message is above."
  answer=$(tail -n 1 "$work/answer")
  [ "${answer#COPY }" = "$rows" ] ||
    stop "of the $rows rows of $shown in $file the server took another number: $answer."
  [ -z "$from" ] || rm -f "$file"
}

load_table() {
  load "$1" "$2" "$3" -c "$4"
}

load_large_objects() {
  load 'large objects' "$1" "$2" \
    -c 'CREATE TEMPORARY TABLE lifeboat_pieces (loid pg_catalog.oid, byte_offset pg_catalog.int8, data pg_catalog.bytea)' \
    -c 'COPY pg_temp.lifeboat_pieces FROM STDIN' \
    -c 'SELECT pg_catalog.count(pg_catalog.lo_put(loid, byte_offset, data))::text AS pieces FROM pg_temp.lifeboat_pieces'
}

chunks='2'
say 'Loading rows ...'
load_table 'public.log_1' 'data/0003-public.log_1.copy.zst' '2' 'COPY "public"."log" ("day", "line") FROM STDIN WITH (FORMAT text, ENCODING '\''UTF8'\'')'
load_table 'public.orders' 'data/0004-public.orders.copy.zst' '100' 'COPY "public"."orders" ("id", "customer", "total", "placed") FROM STDIN WITH (FORMAT text, ENCODING '\''UTF8'\'')'

say 'Setting sequences ...'
run_file 'sequences.sql' || stop 'sequences.sql was refused; psql'\''s message is above.'

say 'Creating indexes, constraints, triggers, policies ...'
state="All rows are in the database $database, but indexes, constraints, triggers and policies are not complete:
without its policies it shows every row to everybody. $start_again"
run_file 'post-data.sql' || stop 'post-data.sql was refused; psql'\''s message is above.'

state="The database $database is restored; only its statistics are missing. Run ANALYZE in it."
say 'Collecting statistics ...'
{
  printf '%s;\n' 'SET client_min_messages = error' 'SET statement_timeout = 0'
  printf '%s \\gexec\n' '
  WITH RECURSIVE above_foreign(oid) AS (
    SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind = '\''f'\''
    UNION SELECT i.inhparent FROM above_foreign JOIN pg_catalog.pg_inherits i ON i.inhrelid = above_foreign.oid)
  SELECT '\''ANALYZE '\'' || pg_catalog.string_agg(pg_catalog.format('\''%I.%I'\'', n.nspname, c.relname), '\'', '\'')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE EXISTS (SELECT FROM above_foreign) AND n.nspname !~ '\''^pg_'\'' AND n.nspname <> '\''information_schema'\'' AND c.relkind IN ('\''r'\'', '\''m'\'', '\''p'\'')
     AND c.oid NOT IN (SELECT oid FROM above_foreign)
  UNION ALL SELECT '\''ANALYZE'\'' WHERE NOT EXISTS (SELECT FROM above_foreign)'
} | sql -q -f - || stop 'ANALYZE failed; psql'\''s message is above.'

trap - 0 1 2 15
rm -rf "$work"
say ''
say "Restored into $database: "'102 rows of 4 tables.'
