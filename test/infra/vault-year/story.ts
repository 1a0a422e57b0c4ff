import type { KeptDays } from '../../../lib/engine/keep/expiry.ts';
import type { KeepRequest } from '../../../lib/engine/keep/mark-expired.ts';
import type { SimulatedRule } from './bucket-rules.ts';

/** What a source's life is like. Times are days since the start of the year, with fractions. */
export interface SimulatedLife {
  readonly name: string;
  /** Whether the backup of a day is made. @default always */
  readonly backsUp?: (day: number) => boolean;
  /** What becomes of a drill: `never` begins, `fails`, or `proves`. @default it proves */
  readonly drill?: (day: number) => 'proves' | 'fails' | 'never';
  /** @default on Sundays */
  readonly drillsAfterBackup?: boolean;
  /** The stack says that nobody drills the source. */
  readonly isUndrilled?: boolean;
  /** Days on which a person makes a backup by hand. */
  readonly manualOn?: readonly number[];
  /** Days on which a restore makes a safety backup. */
  readonly restoresOn?: readonly number[];
  /** Every moment of the last so many days can be restored: its changes are captured, four entries a day. */
  readonly keptChangesDays?: number;
  /** Days on which the schema changes, so that a new epoch begins. */
  readonly schemaChangesOn?: readonly number[];
  /** Whether changes are captured. @default always, if they are kept */
  readonly captures?: (day: number) => boolean;
  /** Days on which an attempt dies without a manifest, besides the day's backup. */
  readonly diesOn?: (day: number) => boolean;
}

export interface Story {
  readonly label: string;
  readonly lives: readonly SimulatedLife[];
  readonly days: KeptDays;
  readonly rules: readonly SimulatedRule[];
  /** Whether the keeper runs. @default always */
  readonly keeps?: (day: number) => boolean;
  /** What is done to the keeper's orders, for keepers that are wrong. @default nothing */
  readonly corrupt?: (request: KeepRequest) => KeepRequest;
  /** Whether S3 acts on an object on a day on which it could. @default always */
  readonly acts?: (day: number) => boolean;
  /** Backups, by the day they were made, that are under a hold from one day to another. */
  readonly hold?: { readonly madeOn: number; readonly from: number; readonly to: number };
  /** How many days an object takes to get into a replica. @default it is the vault itself */
  readonly replicaLagDays?: (day: number) => number;
  /** How many objects of captured changes there are at most; undefined where more are wanted. */
  readonly mostChanges?: number;
  /** How many backups the classes promise at most; undefined where more are wanted. */
  readonly mostBackups?: number;
}

/** What a year was like. */
export interface Year {
  readonly story: Story;
  /** What went wrong, a sentence each. */
  readonly violations: readonly string[];
  readonly listed: number;
  readonly mostListed: number;
  /** Days since the newest proven backup (or sealed, if undrilled) of the first source was sealed. */
  readonly newestAgeDays: number | undefined;
  /** Days since the oldest that is listed was sealed. */
  readonly oldestAgeDays: number | undefined;
  /** Objects that are hidden and not gone yet. */
  readonly hidden: number;
  /** Objects that S3 has hidden. */
  readonly expired: number;
  readonly marks: number;
  /** Objects of captured changes that are left, and as many as there were at once. */
  readonly changes: { readonly left: number; readonly most: number } | undefined;
}
