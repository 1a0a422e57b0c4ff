import { setTimeout as delay } from 'node:timers/promises';
import { type Stake, stakeOf, UNKNOWN_STAKE } from '../../notify/stake.ts';
import type { Context } from '../program/context.ts';
import type { RunSubject } from './run-subject.ts';

/** A vault that does not answer must not keep the message from being sent. */
const LONGEST_LOOK_MS = 10_000;
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
  return safety ? stakeOf(safety, source, context.now()) : UNKNOWN_STAKE;
}
