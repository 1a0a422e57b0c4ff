import { timeOfId } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { spellOutControls } from '../ground/shell.ts';
import type { JudgedBackup } from './judge-backups.ts';

/** So many backups, and so many problems of each, are named in a message. */
const NAMED = 5;

/** The newest other full backup of the same source that this scrub found intact. */
export function newestIntact(
  of: Pick<JudgedBackup, 'place'>,
  backups: readonly JudgedBackup[],
): JudgedBackup | undefined {
  return backups
    .filter(
      ({ place, scope, verdict }) =>
        place.source === of.place.source && scope === 'full' && verdict === 'intact',
    )
    .toSorted((a, b) => timeOfId(b.place.backupId).getTime() - timeOfId(a.place.backupId).getTime())
    .at(0);
}

/** What a scrub tells people who must act: which objects are damaged, and which backup to use instead. */
export function scrubWords(
  vault: string,
  backups: readonly JudgedBackup[],
  runbook: string,
): { readonly subject: string; readonly text: string } | undefined {
  const damaged = backups.filter(({ verdict }) => verdict === 'damaged');
  const unread = backups.filter(({ verdict }) => verdict === 'unreadable');
  if (damaged.length + unread.length === 0) return undefined;
  const lines = [
    ...(damaged.length > 0 ? [`Damaged backups in ${vault}: ${damaged.length}.`] : []),
    ...damaged.slice(0, NAMED).flatMap((backup) => damageLines(backup, backups)),
    ...more(damaged.length - NAMED, 'damaged backups'),
    ...(unread.length > 0
      ? [
          `Backups in ${vault} that could not be read in full: ${unread.length}. Nobody knows whether they are damaged.`,
        ]
      : []),
    ...unread
      .slice(0, NAMED)
      .flatMap(({ place, problems }) => [
        `- ${nameOfBackup(place)}`,
        ...problems.slice(0, NAMED).map(({ name, problem }) => `    ${name} ${problem}`),
      ]),
    ...more(unread.length - NAMED, 'backups that were not read'),
    `What to do: ${runbook}#${damaged.length > 0 ? 'scrub-damaged' : 'scrub-failed'}`,
  ];
  const subject = damaged.length > 0 ? 'damaged backups' : 'backups that could not be read';
  // Whoever may write into the vault chooses names in it, and must not write lines of this message.
  return { subject, text: lines.map(spellOutControls).join('\n') };
}

function damageLines(backup: JudgedBackup, all: readonly JudgedBackup[]): string[] {
  const instead = newestIntact(backup, all);
  return [
    `- ${nameOfBackup(backup.place)}`,
    ...backup.problems.slice(0, NAMED).map(({ name, problem }) => `    ${name} ${problem}`),
    ...more(backup.problems.length - NAMED, 'problems').map((line) => `    ${line}`),
    instead
      ? `    The newest intact backup of ${backup.place.source} is ${nameOfBackup(instead.place)}.`
      : `    There is no full backup of ${backup.place.source} that this scrub found intact: take a new one now.`,
  ];
}

function more(count: number, what: string): string[] {
  return count > 0 ? [`and ${count} more ${what}`] : [];
}
