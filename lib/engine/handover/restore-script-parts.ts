import { createLargeObjectStaging, putLargeObjects } from '../catalog/large-objects.ts';
import { shell } from '../ground/shell.ts';

/**
 * The parts of restore.sh that are the same in every backup. They are POSIX sh, tested with dash and bash. A
 * file reports the failure of a pipe's first half, because not every sh has `pipefail`.
 */

/** Reads the command line. */
export const ARGUMENTS = shell`
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

# A message must not repeat a secret key, and every user of this machine can read a command line.
refuse_key() {
  case $1 in
    *[Aa][Gg][Ee]-[Ss][Ee][Cc][Rr][Ee][Tt]-[Kk][Ee][Yy]-*)
      printf '%s holds a secret key: give the file, not the key itself. Others may have seen it, so make a new key.\n' "$2" >&2
      exit 2
      ;;
  esac
}

target=
held=
with_roles=
with_settings=
no_tablespaces=
no_owner=
into_existing=
from=
identity=\${AGE_IDENTITY_FILE:-}
expects=
refuse_key "$identity" AGE_IDENTITY_FILE
for argument in "$@"; do
  refuse_key "$argument" 'the command line'
  case $expects in
    from) from=$argument expects=; continue ;;
    identity) identity=$argument expects=; continue ;;
  esac
  case $argument in
    --from) expects=from ;;
    --from=*) from=\${argument#--from=} ;;
    --identity) expects=identity ;;
    --identity=*) identity=\${argument#--identity=} ;;
    --roles) with_roles=yes ;;
    --database-settings) with_settings=yes ;;
    --no-tablespaces) no_tablespaces=yes ;;
    --no-owner) no_owner=yes ;;
    --into-existing) into_existing=yes ;;
    --url-is-held) held=yes ;;
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

from=\${from%/}
if [ "$expects" = identity ]; then
  printf -- '--identity needs the name of a file\n\n' >&2; usage >&2; exit 2
fi
case $expects,$from in
  , | ,s3://*/*) ;;
  *) printf -- '--from needs the folder of this script in the vault: s3://bucket/.../<attempt>\n\n' >&2; usage >&2; exit 2 ;;
esac

# Every user of this machine can read the command line of a running program. If it holds a password, this script starts
# itself again without it; --url-is-held says that LIFEBOAT_TARGET_URL holds the argument.
if [ -n "$target" ] && [ -f "$0" ]; then
  case $target in
    *://*:*@*)
      LIFEBOAT_TARGET_URL=$target
      export LIFEBOAT_TARGET_URL
      set -- --url-is-held
      [ -z "$with_roles" ] || set -- "$@" --roles
      [ -z "$with_settings" ] || set -- "$@" --database-settings
      [ -z "$no_tablespaces" ] || set -- "$@" --no-tablespaces
      [ -z "$no_owner" ] || set -- "$@" --no-owner
      [ -z "$into_existing" ] || set -- "$@" --into-existing
      [ -z "$from" ] || set -- "$@" --from "$from"
      [ -z "$identity" ] || set -- "$@" --identity "$identity"
      exec sh "$0" "$@"
      ;;
  esac
fi

# An argument comes before every variable. Variables that may name two databases are refused.
if [ -z "$target" ] && [ -n "\${LIFEBOAT_TARGET_URL:-}" ]; then
  if [ -z "$held" ]; then
    for variable in PGDATABASE PGSERVICE PGHOST PGHOSTADDR; do
      eval 'value=\${'"$variable"':-}'
      [ -z "$value" ] || {
        printf 'LIFEBOAT_TARGET_URL and %s are both set, and they may name two databases. Nothing was changed.\n' "$variable" >&2
        printf 'Unset one of them (unset LIFEBOAT_TARGET_URL), or give the database as an argument: sh restore.sh postgres://user@host:port/database\n' >&2
        exit 2
      }
    done
  fi
  target=$LIFEBOAT_TARGET_URL
fi
unset LIFEBOAT_TARGET_URL
`;

/** Functions for messages, for stopping, and for the connection. */
export const SHELL_FUNCTIONS = shell`
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

# Prints the text of a percent-encoded word.
decode() {
  rest=$1
  while :; do
    case $rest in
      *%??*) ;;
      *) break ;;
    esac
    printf '%s' "\${rest%%\%*}"
    rest=\${rest#*%}
    digits=\${rest%"\${rest#??}"}
    printf "\\$(printf '%o' "0x$digits")"
    rest=\${rest#??}
  done
  printf '%s' "$rest"
}

# Moves the password out of the URL into PGPASSWORD; psql gets the rest of the URL as it is.
take_password() {
  case $target in
    *://*) ;;
    *password*=*) stop 'the password must not be on the command line. Use PGPASSWORD or ~/.pgpass.' ;;
    *) return 0 ;;
  esac
  case \${target#*\?} in
    "$target") ;;
    *password=*) stop 'the password must not be in the parameters of the URL. Use PGPASSWORD or ~/.pgpass.' ;;
  esac
  after=\${target#*://}
  authority=\${after%%[/?]*}
  case $authority in
    *:*@*) ;;
    *) return 0 ;;
  esac
  credentials=\${authority%%@*}
  case $credentials in
    *:*) ;;
    *) return 0 ;;
  esac
  PGPASSWORD=$(decode "\${credentials#*:}")
  export PGPASSWORD
  target="\${target%%://*}://\${credentials%%:*}@\${after#*@}"
}

sql() {
  psql -X -v ON_ERROR_STOP=1 \${target:+-d} \${target:+"$target"} "$@"
}

# Prints the answer to one query as plain text.
ask() {
  sql -qAt -c "$settings" -c "$1"
}

# Takes pairs: a text to show, and a statement. All further sessions run the statements that this server accepts.
take_settings() {
  all=
  number=0
  for word in "$@"; do
    number=$((number + 1))
    [ $((number % 2)) = 1 ] || all="$all $word;"
  done
  if sql -q -c "$all" > /dev/null 2>&1; then
    settings="$settings$all"
    return 0
  fi
  while [ $# -gt 0 ]; do
    if sql -q -c "$2" > /dev/null 2>&1; then
      settings="$settings $2;"
    else
      say "Note: this server does not accept the source's setting $1. Generated columns and materialized views that depend on it may differ."
    fi
    shift 2
  done
}

run_file() {
  script=$1
  # pg_dump writes these statements as lines of their own. The same line in a function's body is changed, too.
  set --
  [ -z "$no_tablespaces" ] || set -- "$@" -e "s/^SET default_tablespace = .*;\$/SET default_tablespace = '';/"
  [ -z "$no_owner" ] ||
    set -- "$@" -e '/^ALTER [A-Z ]* .* OWNER TO .*;$/d' -e "s/^  EXECUTE 'ALTER LARGE OBJECT ' .*;\$/  NULL;/"
  if [ $# -gt 0 ]; then
    sed "$@" "$script" > "$work/script.sql" || return 1
    script=$work/script.sql
  fi
  if [ -n "$restricted" ]; then
    sql -q -c "$settings" -c "\\restrict $restricted" -f "$script" > /dev/null
  else
    sql -q -c "$settings" -f "$script" > /dev/null
  fi
}
`;

/**
 * Checks the files before the first change. Expects their checksums in `$work/files`, as sha256sum writes
 * them.
 */
export const CHECK_FILES = shell`
for program in psql zstd \${from:+aws}; do
  command -v "$program" > /dev/null 2>&1 || stop "$program is not installed."
done

if command -v sha256sum > /dev/null 2>&1; then
  check='sha256sum -c'
elif command -v shasum > /dev/null 2>&1; then
  check='shasum -a 256 -c'
else
  check=
  say 'Neither sha256sum nor shasum is installed: only the checks of zstd protect against damaged files.'
fi

# Compares a fetched file with its checksum.
check_fetched() {
  [ -n "$check" ] || return 0
  grep "  $1\$" "$work/files" > "$work/one"
  $check "$work/one" > /dev/null 2>&1 || stop "$1 in $from is damaged. Try again; if it is still damaged, use another backup."
}

# Fetches one file from the vault, by its name in the folder of this script.
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
  aws s3 cp --only-show-errors --recursive --exclude '*.copy.zst*' "$from/" . ||
    stop "the schema could not be fetched from $from; the message of aws is above."
  while read -r sum file; do
    grep -q "/$file\$" "$work/listing" || stop "$file is missing in $from: this is not the folder of this script."
    case $file in
      *.copy.zst | *.copy.zst.*) ;;
      *) check_fetched "$file" ;;
    esac
  done < "$work/files"
fi

while read -r sum file; do
  [ -f "$file" ] || [ -n "$from" ] || stop "$file is missing: the backup was not fetched completely. Fetch it again, or let this script fetch it: --from s3://..."
done < "$work/files"

if [ -n "$check" ] && [ -z "$from" ]; then
  say "Checking $(wc -l < "$work/files" | tr -d ' ') files ..."
  if ! $check "$work/files" > "$work/checked" 2>&1; then
    grep -v ': OK$' "$work/checked" >&2 || :
    stop 'the files named above are damaged. Fetch them again; if they are still damaged, use another backup.'
  fi
fi
`;

/** Loads chunks. Compares for each the number of rows that the server reports. Expects `unpack`. */
export const LOADING = shell`
chunk=0
fetched=

# Only one file of rows is on this machine at a time. Tables that share one come one after the other.
fetch_rows() {
  [ "$fetched" != "$1" ] || return 0
  [ -z "$fetched" ] || rm -f "$fetched"
  fetched=
  fetch "$1"
  fetched=$1
}

# Loads one file, or a part of one. It succeeds only if the file was read to its end and the server took as many rows as were backed
# up. If the server refuses the rows it returns 1, and the caller reports that or tries again.
# $1: name to show, $2: file, $3: rows; then psql's arguments, one of which reads the rows.
load() {
  shown=$1 file=$2 rows=$3
  shift 3
  [ -z "$from" ] || fetch_rows "\${file%@*}"
  rm -f "$work/cut"
  if unpack "$file" | sql -At -c "$settings" "$@" > "$work/answer"; then :; else
    rm -f "$work/cut"
    unpack "$file" > /dev/null
    [ ! -e "$work/cut" ] || stop "$file $not_unpacked"
    [ "$(ask 'SELECT 1')" = 1 ] || stop "the rows of $shown did not load from $file: the connection to the database is lost."
    return 1
  fi
  [ ! -e "$work/cut" ] || stop "$file $not_unpacked"
  answer=$(grep '^COPY ' "$work/answer" | tail -n 1)
  [ "\${answer#COPY }" = "$rows" ] ||
    stop "$file holds $rows rows of $shown, but the server reports another number: $answer."
}

announce() {
  chunk=$((chunk + 1))
  say "  $chunk of $chunks: $1, $2 rows"
}

load_large_objects() {
  announce 'large objects' "$2"
  load 'large objects' "$1" "$2" \
    -c ${createLargeObjectStaging('lifeboat_pieces')} \
    -c 'COPY pg_temp.lifeboat_pieces FROM STDIN' \
    -c ${putLargeObjects('pg_temp.lifeboat_pieces')} ||
    stop "the large objects did not load from $1; psql's message is above."
}
`;

/**
 * Counts the rows of the tables, before policies could hide rows from the role that counts. Values are not
 * compared, because psql cannot compute the backup's digests at any useful speed (docs/decisions/0017).
 */
export const COUNTING = shell`
: > "$work/expected"
: > "$work/count.sql"

# $1: name to show, the same for all partitions of a table; $2: rows; $3: the query that counts them.
expect_rows() {
  printf '%s %s\n' "$2" "$1" >> "$work/expected"
  printf '%s;\n' "$3" >> "$work/count.sql"
}

counted= wrong=
compare_counts() {
  if [ -n "$into_existing" ]; then
    say 'Note: rows are not counted, because the database was not empty before.'
    return 0
  fi
  say 'Counting rows ...'
  sql -qAt -c "$settings" -f "$work/count.sql" > "$work/counted" || {
    say "Note: the rows could not be counted; psql's message is above. Each file was loaded completely."
    return 0
  }
  shown= want=0 have=0
  exec 3< "$work/expected" 4< "$work/counted"
  while read -r rows name <&3 && read -r found <&4; do
    if [ "$name" != "$shown" ]; then
      compare_count
      shown=$name want=0 have=0
    fi
    want=$((want + rows)) have=$((have + found))
  done
  compare_count
  exec 3<&- 4<&-
  counted=yes
}

# Rows reported as lost are not reported again here.
compare_count() {
  while read -r rows_lost name_lost; do
    [ "$name_lost" != "$shown" ] || want=$((want - rows_lost))
  done < "$work/lost"
  [ "$want" = "$have" ] || wrong="$wrong $shown has $have instead of $want."
}
`;

/** The event triggers that fire, as JSON, in a setting of the transaction. A role that is not a superuser may not disable them. */
const EVENT_TRIGGERS_OFF = `
DO $lifeboat$
DECLARE one record;
BEGIN
  PERFORM pg_catalog.set_config('lifeboat.triggers', COALESCE((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(evtname, evtenabled::pg_catalog.text))::pg_catalog.text
      FROM pg_catalog.pg_event_trigger
     WHERE evtenabled <> 'D' AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)), '[]'), true);
  FOR one IN SELECT e.value ->> 0 AS name
               FROM pg_catalog.json_array_elements(pg_catalog.current_setting('lifeboat.triggers')::pg_catalog.json) e LOOP
    EXECUTE pg_catalog.format('ALTER EVENT TRIGGER %I DISABLE', one.name);
  END LOOP;
END $lifeboat$`;

const EVENT_TRIGGERS_BACK = `
DO $lifeboat$
DECLARE one record;
BEGIN
  FOR one IN SELECT e.value ->> 0 AS name,
                    CASE e.value ->> 1 WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END AS state
               FROM pg_catalog.json_array_elements(pg_catalog.current_setting('lifeboat.triggers')::pg_catalog.json) e LOOP
    EXECUTE pg_catalog.format('ALTER EVENT TRIGGER %I ', one.name) || one.state;
  END LOOP;
END $lifeboat$`;

/**
 * Compares a materialized view with its digest in the source. If it differs, the settings of the source's
 * database may be newer than the view's rows. The view is then refreshed under this server's own settings.
 */
export const COMPARE_VIEW = shell`
# $1: name to show; $2: digest; $3: the query for it; $4: the statement that refreshes.
compare_view() {
  is_as_stored "$2" "$3" && return 0
  refresh "$settings $own_defaults" "$4" > /dev/null 2>&1 && is_as_stored "$2" "$3" && return 0
  refresh "$settings" "$4" > /dev/null || stop "$1 could not be refreshed; psql's message is above."
  say "Note: the materialized view $1 shows other rows than in the source: it was out of date there, or computed under settings that differ from the database's."
}

# The event triggers of the backup are there by now: they must not act on this.
refresh() {
  sql -q -c "$1" -c 'BEGIN' -c ${EVENT_TRIGGERS_OFF} -c "$2" -c ${EVENT_TRIGGERS_BACK} -c 'COMMIT'
}

is_as_stored() {
  found=$(sql -qAt -c "$text_settings" -c "$2") && [ "$found" = "$1" ]
}

`;
