import { join } from 'node:path';
import { systemdValue, systemdWord } from '../quote.ts';
import type { WrittenFile } from '../written-file.ts';
import { JOBS, type Job, type LocalValues } from './local-values.ts';

/** The name of a job's units. A source's name holds only characters that a unit's name may hold. */
export const unitName = (source: string, job: Job): string => `lifeboat-${source}-${job.name}`;

/**
 * A service and a timer for each job, for the system's manager: they run while nobody is logged in. The shell is what
 * is executed: systemd refuses an executable whose path holds a quote or a backslash, and takes any argument.
 */
export function systemdUnits(values: LocalValues): WrittenFile[] {
  return JOBS.flatMap((job) => [
    { path: `${unitName(values.source, job)}.service`, text: service(values, job) },
    { path: `${unitName(values.source, job)}.timer`, text: timer(values, job) },
  ]);
}

function service({ source, directory, user, vault }: LocalValues, { name }: Job): string {
  return `[Unit]
Description=Lifeboat: ${name} of ${source}
${vault.startsWith('s3://') ? 'Wants=network-online.target\nAfter=network-online.target\n' : ''}
[Service]
Type=oneshot
User=${systemdValue(user)}
UMask=0077
NoNewPrivileges=true
ExecStart=/bin/sh ${systemdWord(join(directory, 'lifeboat.sh'))} ${name}
`;
}

/** Persistent: a run that was due while the machine was off is made up for. */
function timer({ source }: LocalValues, { name, at, weekly }: Job): string {
  return `[Unit]
Description=Lifeboat: ${name} of ${source}, every ${weekly ? 'Sunday' : 'night'}

[Timer]
OnCalendar=${weekly ? 'Sun ' : ''}*-*-* ${twoDigits(at.hour)}:${twoDigits(at.minute)}:00
Persistent=true

[Install]
WantedBy=timers.target
`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
