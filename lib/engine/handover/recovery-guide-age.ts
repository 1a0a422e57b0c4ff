import type { Chunk } from '../archive/manifest.ts';
import { quoteShell } from '../ground/shell.ts';
import { nameInAttempt, nameOfPurpose, type UnsealedBackup } from './unsealed-backup.ts';

/** The file in the guide's commands that holds the secret key. */
const KEY_FILE = 'key.txt';

/** How to open what is encrypted; empty for a backup that is not. */
export function secretKey(backup: UnsealedBackup): string {
  const { encryption } = backup;
  if (encryption === undefined) return '';
  const preData = nameOfPurpose(backup, 'pre-data') ?? 'pre-data.sql.age';
  const [chunk] = backup.tables.flatMap(({ chunks }) => chunks);
  const rows =
    chunk === undefined ? [] : [`${printing(backup, [nameInAttempt(backup, chunk.key)], chunk.part)} | head`];
  return `
## The secret key

The definitions and rows of this backup are encrypted with [age](https://age-encryption.org). You need the **secret key** of
one of these recipients, and the program \`age\` (Debian, Ubuntu, Homebrew: the package \`age\`). **Without the secret key nobody
can read this backup**: there is no other way, and nobody who could reset it.

\`\`\`text
${encryption.recipients.join('\n')}
\`\`\`

A secret key is one line that starts with \`AGE-SECRET-KEY-\`, in a file that \`age-keygen\` wrote (an *identity file*). Look for it
where your organisation keeps what must not be lost: a password manager, a secrets manager, a sheet of paper in a safe.
\`age-keygen -y ${KEY_FILE}\` prints the recipient of a file: compare it with the list.${
    encryption.recipients.some((one) => one.startsWith('age1pq1'))
      ? ` For the key of a recipient that starts with
\`age1pq1\`, you need age 1.3 or newer.`
      : ''
  }

Every file whose name ends in \`.age\` can be opened by hand. This shows the definitions${rows.length > 0 ? ', and the first rows of a table' : ''}:

\`\`\`sh
${[`age -d -i ${KEY_FILE} ${preData} | head -n 50`, ...rows].join('\n')}
\`\`\``;
}

/** The command that prints the content of compressed files, with `pattern` for many of them. */
export function printing(
  { encryption }: Pick<UnsealedBackup, 'encryption'>,
  files: readonly string[],
  part?: Chunk['part'],
): string {
  if (part)
    return `${printing({ encryption }, files)} | tail -c +${part.from + 1} | head -c ${part.to - part.from}`;
  if (encryption === undefined) return `zstd -dc ${files.join(' ')}`;
  const [first = ''] = files;
  if (files.length === 1 && !first.includes('*')) return `age -d -i ${KEY_FILE} ${first} | zstd -dc`;
  return `for file in ${files.join(' ')}; do age -d -i ${KEY_FILE} "$file"; done | zstd -dc`;
}

/** The command that runs a script of the archive. */
export function running(name: string): string {
  const psql = 'psql -X -v ON_ERROR_STOP=1 -f';
  return name.endsWith('.age') ? `age -d -i ${KEY_FILE} ${name} | ${psql} -` : `${psql} ${name}`;
}

/** The option of restore.sh. */
export function identityArgument({ encryption }: UnsealedBackup): string {
  return encryption === undefined ? '' : ` --identity ${quoteShell(`/path/to/${KEY_FILE}`)}`;
}
