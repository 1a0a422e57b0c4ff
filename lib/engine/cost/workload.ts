import { DEFAULT_KEPT_DAYS } from '../../contract/kept-days.ts';
import type { RetentionClass } from '../../contract/retention-classes.ts';
import type { ComputeName } from '../../contract/task-launch.ts';

/** One full backup of a source, as it was measured or estimated. */
export interface BackupSize {
  /** COPY text of all rows: the bytes that leave the host, which compresses nothing on the way. */
  readonly textBytes: number;
  /** What the vault stores of it. */
  readonly storedBytes: number;
  /** Objects in the vault: at least one for each table. */
  readonly objects: number;
}

/** How long the copies of a class stay in the vault, and where. */
export interface ClassKeeping {
  /** Whole days. */
  readonly days: number;
  /** Days after which they move to Glacier Instant Retrieval; undefined: they stay in S3 Standard. */
  readonly colderAfterDays?: number | undefined;
}

export interface Keeping {
  readonly classes: Readonly<Record<RetentionClass, ClassKeeping>>;
  /** For how many days an expired object can still be recovered. */
  readonly undeleteDays: number;
}

/** What runs for one source, and how often. */
export interface Workload extends BackupSize {
  readonly source: string;
  readonly region: string;
  /** Backups in a year, by class: scheduled ones follow from the schedule. */
  readonly backupsAYear: Readonly<Record<RetentionClass, number>>;
  readonly keeping: Keeping;
  readonly drillsAMonth: number;
  readonly scrubsAMonth: number;
  /** How long a backup and a drill take, in seconds. */
  readonly backupSeconds: number;
  readonly drillSeconds: number;
  readonly compute: ComputeName;
  /** How often, in minutes; undefined: not at all. */
  readonly healthEveryMinutes?: number | undefined;
  readonly captureEveryMinutes?: number | undefined;
  readonly notifies: boolean;
}

export const DAYS_A_MONTH = 365 / 12;

export function backupsAMonth({ backupsAYear }: Pick<Workload, 'backupsAYear'>): number {
  return Object.values(backupsAYear).reduce((sum, one) => sum + one, 0) / 12;
}

/** What a stack keeps unless its settings say otherwise (docs/deploy.md). */
export const DEFAULT_KEEPING: Keeping = {
  classes: {
    daily: { days: DEFAULT_KEPT_DAYS.daily },
    weekly: { days: DEFAULT_KEPT_DAYS.weekly },
    monthly: { days: DEFAULT_KEPT_DAYS.monthly, colderAfterDays: 30 },
    manual: { days: DEFAULT_KEPT_DAYS.manual },
  },
  undeleteDays: 7,
};
