import { LifeboatError } from '../ground/errors.ts';

/** How far this machine's clock is ahead of others, in milliseconds; negative if it is behind. */
export interface ClockComparison {
  readonly ofSourceMs: number;
  /** Undefined if the vault has no clock of its own, or has not answered yet. */
  readonly ofVaultMs: number | undefined;
}

/** From this difference on, ids and ages are confusing. */
export const CONFUSING_MS = 60_000;
/** S3 refuses requests when the clock is 15 minutes off (S3 API reference, RequestTimeTooSkewed). */
export const REFUSED_MS = 15 * 60_000;

/**
 * Checks this machine's clock, because a backup's id is the time at which it began. Throws `clock-ahead` if
 * the clock is ahead of the source's and of the vault's, if that has one: the backup would seem newer than
 * later ones. Otherwise returns a notice for the person, if the clocks differ.
 */
export function checkClock({ ofSourceMs, ofVaultMs }: ClockComparison): string | undefined {
  const vaultAgrees = ofVaultMs !== undefined && ofVaultMs < REFUSED_MS;
  if (ofSourceMs >= REFUSED_MS && !vaultAgrees) {
    throw new LifeboatError({
      code: 'clock-ahead',
      kind: 'usage',
      what: `This machine's clock is ${seconds(ofSourceMs)} ahead of the source's${ofVaultMs === undefined ? '' : ` and ${seconds(ofVaultMs)} ahead of the vault's`}.`,
      meaning: "The backup's id would be a time in the future, and it would seem newer than later backups.",
      remedy: 'Correct the clock that is wrong. `timedatectl set-ntp true` makes it follow NTP.',
    });
  }
  if (Math.abs(ofSourceMs) < CONFUSING_MS) return undefined;
  const direction = ofSourceMs > 0 ? 'ahead of' : 'behind';
  return `This machine's clock is ${seconds(Math.abs(ofSourceMs))} ${direction} the source's. The backup's id comes from this machine's clock.`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
