import type { WrittenFile } from '../written-file.ts';
import { crontab } from './cron.ts';
import { workflow } from './github-actions.ts';
import { launchdAgents } from './launchd.ts';
import { localReadme } from './local-readme.ts';
import type { LocalValues, Scheduler } from './local-values.ts';
import { script } from './script.ts';
import { secretsFile } from './secrets-file.ts';
import { systemdUnits } from './systemd.ts';

const ON_A_MACHINE = {
  systemd: systemdUnits,
  cron: crontab,
  launchd: launchdAgents,
} as const satisfies Record<Exclude<Scheduler, 'github-actions'>, (values: LocalValues) => WrittenFile[]>;

/** Nightly backups and weekly drills without AWS: a schedule, and on a machine the script that it runs. */
export function localFiles(values: LocalValues): WrittenFile[] {
  const readme = { path: 'README.md', text: localReadme(values) };
  if (values.scheduler === 'github-actions') return [...workflow(values), readme];
  return [
    { path: 'package.json', text: packageJson(values) },
    { path: '.gitignore', text: 'node_modules/\nlifeboat.env\nlifeboat.log*\nlifeboat.err\n' },
    { path: 'lifeboat.sh', text: script(values), mode: 0o755 },
    { path: 'lifeboat.env', text: secretsFile(values), mode: 0o600 },
    ...ON_A_MACHINE[values.scheduler](values),
    readme,
  ];
}

function packageJson({ lifeboat }: LocalValues): string {
  const description = {
    name: 'database-backups',
    version: '0.0.0',
    private: true,
    dependencies: { 'pg-lifeboat': lifeboat },
  };
  return `${JSON.stringify(description, null, 2)}\n`;
}
