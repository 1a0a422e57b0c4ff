import type { RetentionClass } from '../../contract/retention-classes.ts';
import { type Anchor, type Anchors, newerAnchor } from './anchors.ts';

/** For how many days each class keeps. */
export type KeptDays = Readonly<Record<RetentionClass, number>>;

/** What decides about a folder of the vault: a backup, or an attempt without a manifest. */
export interface Folder {
  readonly retentionClass: RetentionClass;
  readonly source: string;
  /** Its place in time among the backups of its source, in milliseconds. */
  readonly moment: number;
  /** Since when its class's days count, by the vault's clock: the manifest, or the youngest object of an attempt. */
  readonly keptSince: Date;
}

/** When the class's days of a folder are over, and the newer backup that allows it to expire then. */
export interface Expiry {
  readonly daysAreOverAt: Date;
  /** Undefined if nothing newer is proven. Then the folder stays, however old it is. */
  readonly newer: Anchor | undefined;
}

const DAY_MS = 86_400_000;

export function expiryOf(folder: Folder, days: number, anchors: Anchors): Expiry {
  return {
    daysAreOverAt: new Date(folder.keptSince.getTime() + days * DAY_MS),
    newer: newerAnchor(folder.source, folder.moment, anchors),
  };
}

/** Whether a folder has outlived its class, and something newer is proven. Both are needed. `now` is the vault's time. */
export function isDue(folder: Folder, days: KeptDays, anchors: Anchors, now: Date): boolean {
  const { daysAreOverAt, newer } = expiryOf(folder, days[folder.retentionClass], anchors);
  return newer !== undefined && daysAreOverAt <= now;
}

/**
 * When S3 acts on a rule of some days: it adds them to the object's date and takes the next midnight in UTC (Amazon S3
 * User Guide, "Lifecycle rules: Based on an object's age"). It may take longer.
 */
export function nextMidnight(moment: Date): Date {
  return new Date(Math.ceil(moment.getTime() / DAY_MS) * DAY_MS);
}
