import { shell } from '../ground/shell.ts';
import { nameInAttempt, type UnsealedBackup } from './unsealed-backup.ts';

/** The end of the names of files that age has to open. */
const ENCRYPTED = /\.age$/;

/** Small tables share a file. What is not theirs is read all the same, so that nothing before them is told that nobody reads. */
const PART = shell`
# $1: a file, or the part of one that holds a table: data/shared-0001.copy.zst@1000+200 are 200 bytes, after the first 1000.
unpack() {
  case $1 in
    *@*)
      part=\${1##*@}
      unpack_file "\${1%@*}" | tail -c "+$((\${part%+*} + 1))" | { head -c "\${part#*+}"; cat > /dev/null; }
      ;;
    *) unpack_file "$1" ;;
  esac
}
`;

/** Defines `unpack`, which prints the rows of a chunk, and leaves `$work/cut` if they are not all of them. */
export const UNPACK = shell`
not_unpacked="could not be decompressed completely; zstd's message is above."
unpack_file() {
  zstd -dcq -- "$1" || : > "$work/cut"
}
`.concat(PART);

/** The same for files that are encrypted. age prints a piece only after it has checked it. */
export const UNPACK_ENCRYPTED = shell`
not_unpacked="could not be decrypted and decompressed completely; the message of age or zstd is above."
unpack_file() {
  { age -d -i "$identity" -- "$1" || : > "$work/cut"; } | zstd -dcq || : > "$work/cut"
}
`.concat(PART);

/** Asks for what an encrypted backup needs besides, before anything else. */
export function requireAge({ encryption }: UnsealedBackup): string {
  if (encryption === undefined) return '';
  const recipients = encryption.recipients.map((one) => `  ${one}\n`).join('');
  return shell`
[ -n "$identity" ] || {
  printf 'This backup is encrypted to the age recipients\n\n%s\n' ${recipients} >&2
  stop 'name the file with the secret key of one of them: --identity key.txt, or AGE_IDENTITY_FILE=key.txt. Without it nobody can restore this backup.'
}
command -v age > /dev/null 2>&1 ||
  stop 'this backup is encrypted, and age is not installed. Debian and Ubuntu: apt install age; others: https://age-encryption.org'
case $identity in
  /*) ;;
  *) identity=$PWD/$identity ;;
esac
[ -r "$identity" ] || stop "the identity file $identity cannot be read."
`;
}

/**
 * Decrypts the scripts into `$work/plain` before the first change: whoever has the wrong identity learns it
 * while the database is still empty. Rows are never written to this machine unencrypted.
 */
export function decryptScripts(backup: UnsealedBackup): string {
  const names = backup.objects
    .map(({ key }) => nameInAttempt(backup, key))
    .filter((name) => /\.sql\.age$/.test(name));
  if (names.length === 0) return '';
  return [
    shell`
mkdir "$work/plain" "$work/plain/large-objects"
decrypt() {
  age -d -i "$identity" -- "$1" > "$work/plain/\${1%.age}" < /dev/null ||
    stop "$1 could not be decrypted with $identity; age's message is above. If no identity matched: the backup is encrypted to other recipients, which this script names when you run it without --identity."
}
`,
    ...names.map((name) => `decrypt ${name}\n`),
  ].join('');
}

/** A script of the archive: its name as people know it, and the word of sh that names the file to run. */
export interface ScriptFile {
  readonly name: string;
  readonly word: string;
}

export function scriptFile(name: string): ScriptFile {
  if (!ENCRYPTED.test(name)) return { name, word: shell`${name}` };
  const plain = name.replace(ENCRYPTED, '');
  return { name: plain, word: `"$work/plain/${plain}"` };
}
