import type { Page } from '../../present/terminal/page.ts';
import { labelled } from '../../present/terminal/wrap.ts';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';

/** Commands and their purposes, within 80 columns: a command broken over two lines cannot be copied. */
export const EXAMPLES = `
Set these once:
  export LIFEBOAT_SOURCE_URL=postgres://user:password@db.example.com:5432/shop
  export LIFEBOAT_VAULT=s3://my-backups/lifeboat   # or /var/backups/lifeboat

In this order, when something is gone. Looking changes nothing:
  lifeboat list                    show the backups, proven or not
  lifeboat diff                    show what is missing or different now
  lifeboat browse                  open the newest backup for psql
  lifeboat query latest "SELECT count(*) FROM public.orders"
  lifeboat restore --dry-run --target postgres://user:password@host:5432/empty
  lifeboat restore --help          restore one table, a copy, or everything
`;

/** The text that `lifeboat --help` prints after the commands. */
export function helpText({ columns, paint }: Page): string {
  const examples = EXAMPLES.replace(/^\S.*:$/gm, (title) => paint.bold(title));
  const codes = EXIT_CODE_MEANINGS.flatMap(([code, meaning]) =>
    labelled(`  ${String(code).padEnd('130'.length)}  `, meaning, columns),
  );
  return [examples, paint.bold('Exit codes:'), ...codes].join('\n');
}
