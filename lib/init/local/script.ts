import { dirname } from 'node:path';
import { shellWord } from '../quote.ts';
import type { LocalValues } from './local-values.ts';

/** The script that every schedule runs, in POSIX shell: for dash, bash, and the shell of macOS. */
export function script({ source, node }: LocalValues): string {
  const name = shellWord(source);
  return `#!/bin/sh
# Runs Lifeboat with the settings of lifeboat.env.
#
#   ./lifeboat.sh backup    the run of every night: a backup, and then what has outlived its class is deleted
#   ./lifeboat.sh drill     the run of every Sunday: restores the newest backup elsewhere and compares every row
#   ./lifeboat.sh list      any other command, such as list, browse, restore
#
# backup and drill append what they say to lifeboat.log. The exit code is Lifeboat's: 0 is success.
set -u
umask 077
cd "$(dirname "$0")" || exit 1

refuse() {
  echo "error    $1" >&2
  echo "to do    $2" >&2
  if [ -n "\${ON_FAILURE:-}" ]; then echo "$1 $2" | sh -c "$ON_FAILURE"; fi
  exit 2
}

if [ ! -r lifeboat.env ]; then
  refuse "$(pwd)/lifeboat.env cannot be read." "Run this script as the owner of that file."
fi
if [ -n "$(find lifeboat.env \\( -perm -040 -o -perm -004 \\))" ]; then
  refuse "lifeboat.env holds passwords, and others can read it." "Run: chmod 600 '$(pwd)/lifeboat.env'"
fi
set -a
. ./lifeboat.env
set +a

PATH=${shellWord(dirname(node))}:$PATH
if [ ! -x node_modules/.bin/lifeboat ]; then
  refuse "Lifeboat is not installed in $(pwd)." "Run: cd '$(pwd)' && npm install"
fi

case "\${1:-}" in
  backup) shift; set -- backup --name ${name} --class auto --prune "$@" ;;
  drill) shift; set -- drill --name ${name} "$@" ;;
  *) exec node_modules/.bin/lifeboat "$@" ;;
esac

output=$(mktemp) || refuse "No temporary file can be made." "Free some space in \${TMPDIR:-/tmp}."
trap 'rm -f "$output"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
node_modules/.bin/lifeboat "$@" >"$output" 2>&1
status=$?

if [ -f lifeboat.log ] && [ "$(wc -c <lifeboat.log)" -gt 1000000 ]; then mv lifeboat.log lifeboat.log.1; fi
{
  echo "=== $started lifeboat $1"
  cat "$output"
  echo "=== $(date -u +%Y-%m-%dT%H:%M:%SZ) lifeboat $1 ended with exit code $status"
} >>lifeboat.log || status=1

if [ "$status" -eq 0 ]; then
  cat "$output"
  if [ -n "\${ON_SUCCESS:-}" ]; then sh -c "$ON_SUCCESS" >/dev/null </dev/null || echo "ON_SUCCESS failed." >&2; fi
else
  cat "$output" >&2
  echo "lifeboat $1 failed with exit code $status; $(pwd)/lifeboat.log has the runs before." >&2
  if [ -n "\${ON_FAILURE:-}" ]; then sh -c "$ON_FAILURE" <"$output" || echo "ON_FAILURE failed." >&2; fi
fi
exit "$status"
`;
}
