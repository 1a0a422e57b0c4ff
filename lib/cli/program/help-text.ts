import type { Page } from '../../present/terminal/page.ts';
import { labelled } from '../../present/terminal/wrap.ts';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';

/** What is typed, and what for: within 80 columns, for a command that is broken over two lines cannot be copied. */
const EXAMPLES = `
Where everything is, once:
  export LIFEBOAT_SOURCE_URL=postgres://user:password@db.example.com:5432/shop
  export LIFEBOAT_VAULT=s3://my-backups/lifeboat   # or /var/backups/lifeboat

Something is gone. Nothing is changed by looking:
  lifeboat list                    which backups there are, proven or not
  lifeboat diff                    what is missing now, and what is different
  lifeboat browse                  look into the newest backup with psql
  lifeboat query latest "SELECT count(*) FROM public.orders"
  lifeboat restore --dry-run --target postgres://user:password@host:5432/empty
  lifeboat restore --help          one table, another name, all of it

Every day:
  lifeboat doctor                  is everything as it should be?
  lifeboat backup                  take one now
  lifeboat drill                   restore it aside, compare each row
`;

/** What \`lifeboat --help\` says after the commands. */
export function helpText({ columns, paint }: Page): string {
  const examples = EXAMPLES.replace(/^\S.*:$/gm, (title) => paint.bold(title));
  const codes = EXIT_CODE_MEANINGS.flatMap(([code, meaning]) =>
    labelled(`  ${String(code).padEnd('130'.length)}  `, meaning, columns),
  );
  return [examples, paint.bold('Exit codes:'), ...codes].join('\n');
}
