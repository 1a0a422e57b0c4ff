import { setTimeout as delay } from 'node:timers/promises';
import type { Safety } from '../../engine/watch/look-at-safety.ts';
import { utc } from '../../notify/notification.ts';
import { formatAge } from '../../present/terminal/units.ts';
import type { Context } from '../program/context.ts';
import type { RunSubject } from './run-subject.ts';

/** A vault that does not answer must not keep the message from being sent. */
const LONGEST_LOOK_MS = 10_000;
/** A backup a day, and a drill of it, leave a proven one of this age at most. */
const USUAL_PROVEN_AGE_MS = 48 * 3_600_000;

export interface Stake {
  readonly words: string;
  /** Whether there is nothing proven, or only something old, to fall back on. */
  readonly isHigh: boolean;
}

/** Asks the vault what would be left if the database were lost now. Undefined if the command line names no source or vault. */
export async function whatIsAtStake(
  context: Context,
  { source, vault }: Pick<RunSubject, 'source' | 'vault'>,
): Promise<Stake | undefined> {
  if (source === undefined || vault === undefined) return undefined;
  const limit = new AbortController();
  const look = context.withVault(vault, async (store) => {
    const { lookAtSafety } = await import('../../engine/watch/look-at-safety.ts');
    return await lookAtSafety(store, source, { signal: limit.signal });
  });
  const late = delay(LONGEST_LOOK_MS, undefined, { signal: limit.signal });
  const safety = await Promise.race([look, late]).catch(() => undefined);
  limit.abort();
  look.catch(() => {});
  late.catch(() => {});
  return safety ? stakeOf(safety, source, context.now()) : UNKNOWN;
}

const UNKNOWN: Stake = {
  words: 'It is not known which backups there are, because the vault could not be read.',
  isHigh: false,
};

function stakeOf({ backups, provenAt }: Safety, source: string, now: Date): Stake {
  if (provenAt === undefined) {
    const words =
      backups === 0
        ? `There is no backup of ${source}: if the database is lost now, everything is lost.`
        : `No drill has proven any of the ${backups === 1 ? 'backups' : `${backups} backups`} of ${source}: nobody knows whether one can be restored.`;
    return { words, isHigh: true };
  }
  const ageMs = now.getTime() - provenAt.getTime();
  return {
    words: `The newest proven backup of ${source} is ${formatAge(ageMs)} old, from ${utc(provenAt)}. If the database is lost now, what is newer can be lost.`,
    isHigh: ageMs > USUAL_PROVEN_AGE_MS,
  };
}
