import { Option } from 'commander';

/** For commands that cron runs. run.ts looks for it, as it does for --json. */
export function quietOption(): Option {
  return new Option('--quiet', 'print nothing if all went well; errors go to stderr as always');
}
