import { shellWord } from '../quote.ts';
import { REPOSITORY_SECRETS } from './github-actions.ts';
import { agentLabel } from './launchd.ts';
import { JOBS, type LocalValues } from './local-values.ts';
import { unitName } from './systemd.ts';

const DOCS = 'https://www.npmjs.com/package/pg-lifeboat';

/** The next steps. */
export function localReadme(values: LocalValues): string {
  const head = `# Backups of ${values.source}

Made by \`lifeboat init --local\`: a backup every night at 04:17 and a drill every Sunday at 06:17, ${values.scheduler === 'github-actions' ? 'in UTC' : "by this machine's clock"}. No zone puts its
clocks forward at these times. A drill restores the newest backup into a PostgreSQL of its own and compares every row.
`;
  const body = values.scheduler === 'github-actions' ? onGithub(values) : onMachine(values);
  return `${head}\n${body}\nMore: ${DOCS}\n`;
}

function onMachine(values: LocalValues): string {
  const example = values.settings.LIFEBOAT_SOURCE_URL === undefined && values.settings.PGHOST === undefined;
  const first = values.vault.startsWith('s3://') ? 'backup' : 'backup --create-vault';
  return `## Next steps

1. ${example ? 'Write the connection into' : 'Look at'} \`lifeboat.env\`. It holds passwords: it has mode 600, is not part of the git repository, and the script refuses it if
   others can read it.

2. Install, and take the first backup by hand. A drill proves it, and the doctor says what else is wrong.

   \`\`\`sh
   npm install
   ./lifeboat.sh ${first}
   ./lifeboat.sh drill
   ./lifeboat.sh doctor
   \`\`\`

3. Switch the schedule on.

   \`\`\`sh
${indented(switchOn(values))}
   \`\`\`

## What happens then

- \`./lifeboat.sh backup\` also deletes backups that have outlived their class, and never the newest that is proven.
- \`lifeboat.log\` has what each run said, its times and its exit code; beyond 1 MB the file becomes \`lifeboat.log.1\`. ${where(values)}
- After a failure the script runs \`ON_FAILURE\` of \`lifeboat.env\`, and the next night tries again.${values.scheduler === 'cron' ? ' cron mails what a failed run printed.' : ''}
- A machine that is off tells nobody. Set \`ON_SUCCESS\` to call a service that raises the alarm if the call does not come.
- \`./lifeboat.sh list\` shows the backups, and \`./lifeboat.sh browse\` opens one.
`;
}

function switchOn({ scheduler, source }: LocalValues): string[] {
  const units = JOBS.map((job) => unitName(source, job));
  switch (scheduler) {
    case 'systemd':
      return [
        `sudo cp ${units.map((unit) => `${unit}.service ${unit}.timer`).join(' ')} /etc/systemd/system/`,
        'sudo systemctl daemon-reload',
        `sudo systemctl enable --now ${units.map((unit) => `${unit}.timer`).join(' ')}`,
        "systemctl list-timers 'lifeboat-*'",
      ];
    case 'launchd':
      return JOBS.map((job) => `${agentLabel(source, job)}.plist`).flatMap((plist) => [
        `cp ${plist} ~/Library/LaunchAgents/`,
        `launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/${plist}`,
      ]);
    default:
      return ['(crontab -l 2>/dev/null; cat crontab.txt) | crontab -', 'crontab -l'];
  }
}

function where({ scheduler, source }: LocalValues): string {
  switch (scheduler) {
    case 'systemd':
      return `The journal has it too: \`journalctl -u ${unitName(source, JOBS[0])}\`. \`systemctl --failed\` shows a run that failed.`;
    case 'launchd':
      return '`lifeboat.err` has what failed runs said. An agent runs while you are logged in; a run that was due while the Mac slept comes when it wakes.';
    default:
      return 'cron does not make up for a run that was due while the machine was off.';
  }
}

function onGithub({ source, vault }: LocalValues): string {
  return `## Next steps

1. Copy \`.github/workflows/lifeboat.yml\` to the default branch of a private repository: GitHub runs schedules only from there. Logs of a public
   one are public, and name tables.

2. Give that repository its secrets. Each command reads the value from your terminal, so it is not kept in your shell's history.

   \`\`\`sh
${indented(REPOSITORY_SECRETS.map((name) => `gh secret set ${name}`))}
   \`\`\`

   The keys need to read, write and delete below ${shellWord(vault)}. The database must accept connections from GitHub's machines.

3. Take the first backup, and prove it.

   \`\`\`sh
   gh workflow run lifeboat.yml -f job=backup
   gh workflow run lifeboat.yml -f job=drill
   gh run list --workflow lifeboat.yml
   \`\`\`

## What happens then

- Runs and their logs are at "Actions" of the repository. GitHub sends mail about a failed run to whoever last changed the schedule.
- GitHub may start a run some minutes late, and in a public repository without a commit for 60 days it switches schedules off. To hear of it if no
  backup of ${source} comes, run \`lifeboat doctor --max-age 25\` elsewhere.
`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `   ${line}`).join('\n');
}
