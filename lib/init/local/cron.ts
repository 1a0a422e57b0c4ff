import { join } from 'node:path';
import { cronCommand, shellWord } from '../quote.ts';
import type { WrittenFile } from '../written-file.ts';
import { JOBS, type LocalValues } from './local-values.ts';

/** Lines for a user's crontab. cron mails what the script prints, so a success prints nothing. */
export function crontab({ directory, email, source }: LocalValues): WrittenFile[] {
  const run = cronCommand(shellWord(join(directory, 'lifeboat.sh')));
  const lines = JOBS.map(
    ({ name, at, weekly }) => `${at.minute} ${at.hour} * * ${weekly ? '0' : '*'} ${run} ${name} >/dev/null`,
  );
  return [
    {
      path: 'crontab.txt',
      text: [
        `# Lifeboat: backups of ${source}. cron mails what a failed run prints.`,
        ...(email === undefined ? [] : [`MAILTO=${email}`]),
        ...lines,
        '',
      ].join('\n'),
    },
  ];
}
