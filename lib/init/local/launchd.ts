import { join } from 'node:path';
import { xmlText } from '../quote.ts';
import type { WrittenFile } from '../written-file.ts';
import { JOBS, type Job, type LocalValues } from './local-values.ts';

/** The label of a job's agent. */
export const agentLabel = (source: string, job: Job): string => `pg-lifeboat.${source}.${job.name}`;

/** An agent for each job. launchd makes up for a run that was due while the Mac slept (launchd.plist(5)). */
export function launchdAgents(values: LocalValues): WrittenFile[] {
  return JOBS.map((job) => ({
    path: `${agentLabel(values.source, job)}.plist`,
    text: agent(values, job),
  }));
}

function agent({ source, directory }: LocalValues, job: Job): string {
  const { hour, minute } = job.at;
  const weekday = job.weekly ? '\n    <key>Weekday</key>\n    <integer>0</integer>' : '';
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${xmlText(agentLabel(source, job))}</string>
  <key>ProgramArguments</key>
  <array>
    <string>${xmlText(join(directory, 'lifeboat.sh'))}</string>
    <string>${job.name}</string>
  </array>
  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>${hour}</integer>
    <key>Minute</key>
    <integer>${minute}</integer>${weekday}
  </dict>
  <key>StandardOutPath</key>
  <string>/dev/null</string>
  <key>StandardErrorPath</key>
  <string>${xmlText(join(directory, 'lifeboat.err'))}</string>
</dict>
</plist>
`;
}
