import { constraintsOfNamed } from '../catalog/constraints-query.ts';
import { shell } from '../ground/shell.ts';

const CONSTRAINTS = constraintsOfNamed(`pg_catalog.current_setting('lifeboat.relation')`);

/**
 * Drops the constraints that may refuse rows and can be created again. Switches off triggers, and the foreign
 * keys of extensions, if the role may.
 */
const TAKE_AWAY = `
DO $lifeboat$
DECLARE one record;
BEGIN
  CREATE TEMPORARY TABLE lifeboat_constraints ON COMMIT DROP AS
  SELECT * FROM (${CONSTRAINTS}) found WHERE level <= pg_catalog.current_setting('lifeboat.level')::pg_catalog.int4;
  FOR one IN SELECT * FROM pg_temp.lifeboat_constraints ORDER BY place LOOP
    BEGIN
      EXECUTE one.lift;
    EXCEPTION WHEN OTHERS THEN
      DELETE FROM pg_temp.lifeboat_constraints l WHERE l.place = one.place;
    END;
  END LOOP;
  BEGIN
    SET LOCAL session_replication_role = replica;
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  IF pg_catalog.current_setting('lifeboat.path') = 'usual' THEN
    PERFORM pg_catalog.set_config('search_path', s.reset_val || ', ' || n.nspname::pg_catalog.regnamespace::pg_catalog.text, true)
      FROM pg_catalog.pg_settings s, pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE s.name = 'search_path' AND c.oid = pg_catalog.current_setting('lifeboat.relation')::pg_catalog.regclass;
  END IF;
END $lifeboat$`;

/**
 * Creates again what TAKE_AWAY dropped, in a weaker form if the rows allow no more, and says what is not as
 * it was.
 */
const MAKE_AGAIN = `
DO $lifeboat$
DECLARE
  one record;
  told pg_catalog.text;
BEGIN
  FOR one IN SELECT * FROM pg_temp.lifeboat_constraints ORDER BY place DESC LOOP
    BEGIN
      IF one.back IS NULL THEN RAISE EXCEPTION 'its expression cannot be given back'; END IF;
      EXECUTE one.back;
    EXCEPTION WHEN OTHERS THEN
      told := SQLERRM;
      BEGIN
        IF one.weaker IS NOT NULL THEN EXECUTE one.weaker; END IF;
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
      RAISE WARNING 'NOT AS IT WAS: % %: %', one.kind,
        pg_catalog.concat_ws(' on ', pg_catalog.concat_ws('.', one.schema, one.name), one.on_schema || '.' || one.on_name), told;
    END;
    BEGIN
      IF one.comment IS NOT NULL THEN EXECUTE one.comment; END IF;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $lifeboat$`;

/**
 * How restore.sh handles rows that their table refuses. It loads them again after all others, and then
 * without the constraints that refuse them. This part expects `load` and `stop`. It keeps the arguments of
 * load_table in files, because sh has no lists.
 */
export const REFUSED_ROWS = shell`
refused=0
lost=
: > "$work/unmade"
: > "$work/lost"

load_table() {
  announce "$1" "$3"
  if load "$1" "$2" "$3" -c "$4"; then return 0; fi
  refused=$((refused + 1))
  mkdir "$work/refused.$refused"
  for word in "$@"; do printf '%s' "$word" > "$work/refused.$refused/$#"; shift; done
  say "    refused; it will be loaded again after the others"
}

# $1: number of a refused chunk. load_table got 8 words: name, file, rows, the COPY into the table or the root of its tree,
# the quoted name of that root, the quoted name of the table, the same as a literal, and the name of the tree to show.
read_refused() {
  shown=$(cat "$work/refused.$1/8") file=$(cat "$work/refused.$1/7") rows=$(cat "$work/refused.$1/6")
  statement=$(cat "$work/refused.$1/5") into=$(cat "$work/refused.$1/4") own=$(cat "$work/refused.$1/3")
  literal=$(cat "$work/refused.$1/2") tree=$(cat "$work/refused.$1/1")
}

# $1: rows, $2: table, $3: file, $4: the name under which the table's rows are counted.
lose() {
  lost="$lost
  $2: $1 rows, in $3"
  printf '%s %s\n' "$1" "$4" >> "$work/lost"
}

# $1: number of a refused chunk, $2: the level of what may be dropped, $3: the search path: none or usual.
load_without_constraints() {
  read_refused "$1"
  load "$shown" "$file" "$rows" -c 'BEGIN' \
    -c "SET LOCAL lifeboat.level = $2" -c "SET LOCAL lifeboat.path = $3" -c "SET LOCAL lifeboat.relation = $literal" \
    -c ${TAKE_AWAY} -c "COPY $own\${statement#COPY "$into"}" -c ${MAKE_AGAIN} -c 'COMMIT' \
    2> "$work/told" || return 1
  sed -n 's/^.*NOT AS IT WAS: /  /p' "$work/told" >> "$work/unmade"
}

load_refused() {
  [ "$refused" -gt 0 ] || return 0
  say 'Loading the refused rows again ...'
  helps=yes
  while [ -n "$helps" ]; do
    helps=
    number=0
    while [ "$number" -lt "$refused" ]; do
      number=$((number + 1))
      [ -d "$work/refused.$number" ] || continue
      read_refused "$number"
      say "  $shown, $rows rows"
      if load "$shown" "$file" "$rows" -c "$statement"; then
        rm -rf "$work/refused.$number"
        helps=yes
      fi
    done
  done
  number=0
  while [ "$number" -lt "$refused" ]; do
    number=$((number + 1))
    [ -d "$work/refused.$number" ] || continue
    say "  without the constraints that refuse them: $(cat "$work/refused.$number/8")"
    for level in 2 3 4; do
      # Functions of constraints find more under the usual search path. If that fails, ours is tried.
      if load_without_constraints "$number" "$level" usual; then break; fi
      if load_without_constraints "$number" "$level" none; then break; fi
      [ "$level" -lt 4 ] || lose "$rows" "$shown" "$file" "$tree"
    done
  done
}

# $1: a script, $2: the line on which a refused statement ends. A foreign key that rows violate is added as NOT VALID, for new
# rows, and then the comment on it. Prints what differs; nothing if there is no loss.
make_not_valid() {
  [ "$2" -gt 1 ] || return 1
  first=$(sed -n "$(($2 - 1)){/^ALTER TABLE /p;}" "$1")
  second=$(sed -n "$2{s/^\(    ADD CONSTRAINT .* FOREIGN KEY .*\);\$/\1 NOT VALID;/p;}" "$1")
  if [ -n "$first" ] && [ -n "$second" ]; then
    sql -q -c "$settings" -c "$first$second" > /dev/null 2>&1 < /dev/null || return 1
    printf '; it is NOT VALID here: it looks at new rows only'
    return 0
  fi
  comment=$(sed -n "$2{/^COMMENT ON CONSTRAINT .*;\$/p;}" "$1")
  [ -n "$comment" ] && sql -q -c "$settings" -c "$comment" > /dev/null 2>&1 < /dev/null
}

# Runs pg_dump's file to its end, even if statements are refused: one key that rows violate must not prevent the policies.
run_to_the_end() {
  script=$1
  if [ -n "$no_tablespaces" ]; then
    sed "s/^SET default_tablespace = .*;$/SET default_tablespace = '';/" "$1" > "$work/script.sql" || return 1
    script=$work/script.sql
  fi
  set -- -c "$settings" -f "$script"
  [ -z "$restricted" ] || set -- -c "$settings" -c "\\restrict $restricted" -f "$script"
  if sql -v ON_ERROR_STOP=0 -q "$@" > /dev/null 2> "$work/told"; then all=yes; else all=; fi
  cat "$work/told" >&2
  [ -n "$all" ] || return 1
  sed -n 's/^psql:.*:\([0-9][0-9]*\): ERROR:  /\1 /p' "$work/told" > "$work/errors"
  while read -r line error; do
    if made=$(make_not_valid "$script" "$line"); then
      [ -z "$made" ] || printf '  %s%s\n' "$error" "$made" >> "$work/unmade"
    else
      printf '  %s\n' "$error" >> "$work/unmade"
    fi
  done < "$work/errors"
}
`;

/**
 * The end of a restore after which not everything is as it was. It names what is missing, and how to read it.
 */
export const NOT_WHOLE = shell`
if [ -n "$lost" ] || [ -s "$work/unmade" ]; then
  {
    printf '\nNOT WHOLE: the restore into %s is done, but not everything is as it was.\n' "$database"
    if [ -s "$work/unmade" ]; then
      printf 'The rows are there. What could not be made, or not as it was:\n'
      cat "$work/unmade"
    fi
    if [ -n "$lost" ]; then
      printf 'These rows are NOT in the database, because their table refuses them. RECOVERY.md says how to read them:%s\n' "$lost"
    fi
    if [ -n "\${wrong:-}" ]; then
      printf 'Besides, tables do not hold as many rows as the backup:%s\n' "$wrong"
      printf 'Something in the database changed their rows, or the backup is not what it says. To find out which: lifeboat drill\n'
    fi
  } >&2
  trap - 0 1 2 15
  rm -rf "$work"
  exit 1
fi
`;
