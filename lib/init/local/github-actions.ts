import { shellWord, yamlString } from '../quote.ts';
import type { WrittenFile } from '../written-file.ts';
import { BACKUP_AT, DRILL_AT, type LocalValues } from './local-values.ts';

const BACKUP_CRON = `${BACKUP_AT.minute} ${BACKUP_AT.hour} * * *`;
const DRILL_CRON = `${DRILL_AT.minute} ${DRILL_AT.hour} * * 0`;

/** The secrets of the repository that the workflow reads. */
export const REPOSITORY_SECRETS = [
  'LIFEBOAT_SOURCE_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
] as const;

/** A workflow on GitHub's machines, in UTC. Only one of its runs works at a time; the next one waits. */
export function workflow({ source, vault, settings, lifeboat }: LocalValues): WrittenFile[] {
  const plain = {
    LIFEBOAT_VAULT: vault,
    AWS_REGION: settings.AWS_REGION ?? 'us-east-1',
    ...endpoint(settings),
  };
  const name = shellWord(source);
  const run = (command: string) => `npx --yes pg-lifeboat@${lifeboat} ${command}`;
  return [
    {
      path: '.github/workflows/lifeboat.yml',
      text: `name: ${yamlString(`Lifeboat: backups of ${source}`)}
on:
  schedule:
    - cron: '${BACKUP_CRON}'
    - cron: '${DRILL_CRON}'
  workflow_dispatch:
    inputs:
      job:
        description: What to run
        type: choice
        options: [backup, drill]
permissions:
  contents: read
concurrency:
  group: ${yamlString(`lifeboat-${source}`)}
  cancel-in-progress: false
env:
${Object.entries(plain)
  .map(([key, value]) => `  ${key}: ${yamlString(value)}`)
  .join('\n')}
  AWS_ACCESS_KEY_ID: \${{ secrets.AWS_ACCESS_KEY_ID }}
  AWS_SECRET_ACCESS_KEY: \${{ secrets.AWS_SECRET_ACCESS_KEY }}
jobs:
  backup:
    if: github.event.schedule == '${BACKUP_CRON}' || inputs.job == 'backup'
    runs-on: ubuntu-24.04
    timeout-minutes: 120
    steps:
      - uses: actions/setup-node@v5
        with: { node-version: 24 }
      - run: ${yamlString(run(`backup --name ${name} --class auto --prune`))}
        env:
          LIFEBOAT_SOURCE_URL: \${{ secrets.LIFEBOAT_SOURCE_URL }}
  drill:
    if: github.event.schedule == '${DRILL_CRON}' || inputs.job == 'drill'
    runs-on: ubuntu-24.04
    timeout-minutes: 120
    steps:
      - uses: actions/setup-node@v5
        with: { node-version: 24 }
      - run: ${yamlString(run(`drill --name ${name}`))}
`,
    },
  ];
}

function endpoint({ AWS_ENDPOINT_URL }: LocalValues['settings']): Record<string, string> {
  return AWS_ENDPOINT_URL === undefined ? {} : { AWS_ENDPOINT_URL };
}
