import { LifeboatError } from '../ground/errors.ts';

/** How far this machine's clock is ahead of others, in milliseconds; negative where it is behind. */
export interface ClockComparison {
  readonly ofSourceMs: number;
  /** Undefined where the vault has no clock of its own, or has not answered yet. */
  readonly ofVaultMs: number | undefined;
}

/** Enough to make ids and ages confusing. */
export const CONFUSING_MS = 60_000;
/** S3 refuses what is signed by a clock that is 15 minutes off (S3 API reference, RequestTimeTooSkewed). */
export const REFUSED_MS = 15 * 60_000;

/**
 * A backup is named for when it began, by this machine's clock. Throws `clock-ahead` where that clock is fast by the source's and,
 * as far as it has one, the vault's: the backup would pass for newer than those that are taken after it. Otherwise answers
 * with what a person should know, if there is anything.
 */
export function checkClock({ ofSourceMs, ofVaultMs }: ClockComparison): string | undefined {
  const vaultAgrees = ofVaultMs !== undefined && ofVaultMs < REFUSED_MS;
  if (ofSourceMs >= REFUSED_MS && !vaultAgrees) {
    throw new LifeboatError({
      code: 'clock-ahead',
      kind: 'usage',
      what: `This machine's clock is ${seconds(ofSourceMs)} ahead of the source's${ofVaultMs === undefined ? '' : ` and ${seconds(ofVaultMs)} ahead of the vault's`}.`,
      meaning: 'The backup would be named for a time to come, and pass for newer than those taken after it.',
      remedy: 'Set the clock that is wrong; `timedatectl set-ntp true` lets it follow NTP.',
    });
  }
  if (Math.abs(ofSourceMs) < CONFUSING_MS) return undefined;
  const direction = ofSourceMs > 0 ? 'ahead of' : 'behind';
  return `This machine's clock is ${seconds(Math.abs(ofSourceMs))} ${direction} the source's; the backup's id goes by this machine's.`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
