import { Option } from 'commander';
import { LOCK_MODES, type LockMode } from '../../contract/object-lock.ts';
import type { LockOrder } from '../../engine/storage/retention.ts';
import { usageError } from '../program/failure.ts';
import { wholeNumber } from './option-values.ts';

/** Options of a command that writes objects which nobody should delete for a while. */
export interface LockOptions {
  readonly lockDays?: number;
  readonly lockMode?: LockMode;
}

export function lockDaysOption(): Option {
  return new Option(
    '--lock-days <n>',
    'lock every object against deletion for this many days; the bucket needs S3 Object Lock',
  ).argParser(wholeNumber(1, 36_500));
}

export function lockModeOption(): Option {
  return new Option(
    '--lock-mode <mode>',
    'governance: people with a permission of its own can still delete before the time. compliance: nobody can, not even the root user of the account, and you pay for the storage until then (default: governance)',
  ).choices(LOCK_MODES);
}

/** The lock that was asked for, if one was. Throws `lock-days-missing` for a mode alone. */
export function lockOrder({ lockDays: days, lockMode }: LockOptions): { readonly lock?: LockOrder } {
  if (days !== undefined) return { lock: { mode: lockMode ?? 'governance', days } };
  if (lockMode === undefined) return {};
  throw usageError(
    'lock-days-missing',
    '--lock-mode was given without --lock-days.',
    'Add --lock-days, for example --lock-days 30. A lock without an end is a hold: `lifeboat hold add`.',
  );
}
