import type { ScrubTotals } from '../archive/scrub-summary.ts';
import type { JudgedBackup } from './judge-backups.ts';

export function totalsOf(backups: readonly JudgedBackup[], gone: number): ScrubTotals {
  const count = (wanted: JudgedBackup['verdict']) =>
    backups.filter(({ verdict }) => verdict === wanted).length;
  return {
    backups: backups.length,
    intact: count('intact'),
    damaged: count('damaged'),
    unreadable: count('unreadable'),
    gone,
    objects: backups.reduce((sum, { objects }) => sum + objects, 0),
    readBytes: backups.reduce((sum, { readBytes }) => sum + readBytes, 0),
  };
}
