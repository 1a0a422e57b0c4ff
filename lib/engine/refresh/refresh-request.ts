import type { BackupPlace } from '../archive/keys.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { Observer } from '../ground/progress.ts';
import type { Masks } from '../masking/rules/masks-file.ts';
import type { RestoreReport } from '../restore/restore.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Finding } from './scan-target.ts';

export interface RefreshRequest {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** The staging database. It need not exist. */
  readonly settings: ConnectionSettings;
  /** The source, where it is known: it is refused as a target. */
  readonly source?: ConnectionSettings | undefined;
  readonly masks: Masks;
  /** Secret: makes hashes and made-up values. The same key makes the same values. */
  readonly key: string | undefined;
  /** Restores into the database that is there, instead of one beside that takes its place. */
  readonly intoExisting: boolean;
  /** Keeps the former database, under another name. */
  readonly keepsFormer: boolean;
  /** SQL that is run in the new database before anybody uses it. */
  readonly runAfter?: string | undefined;
  readonly unproven: boolean;
  /** Restores rows that are on the list of erasures, too. */
  readonly keepErased?: boolean | undefined;
  /** Leaves out rows that refer to erased ones, whatever their foreign key says. */
  readonly eraseFollowers?: boolean | undefined;
  readonly jobs?: number | undefined;
  readonly maintenanceWorkMem?: string | undefined;
  readonly confirm?: (plan: RefreshPlan) => Promise<void> | void;
  readonly signal: AbortSignal;
  readonly observer?: Observer;
}

/** What a refresh is about to do. */
export interface RefreshPlan {
  readonly backup: string;
  readonly takenAt: string;
  readonly display: string;
  readonly database: string;
  /** Whether there is a staging database by now. */
  readonly exists: boolean;
  readonly intoExisting: boolean;
  readonly tables: {
    readonly masked: number;
    readonly unchanged: number;
    readonly excluded: readonly string[];
  };
  readonly columns: { readonly masked: number; readonly kept: number };
  readonly largeObjects: 'none' | 'excluded' | 'kept';
  readonly rows: number;
  readonly rawBytes: number;
  readonly notes: readonly string[];
}

export interface RefreshReport {
  /** `refreshed`: staging shows the new rows. `refused`: something differs or leaks, and staging is as it was. */
  readonly outcome: 'refreshed' | 'refused';
  readonly backup: string;
  readonly database: string;
  readonly display: string;
  readonly plan: RefreshPlan;
  readonly restore: RestoreReport;
  readonly scan: {
    /** Original values that were looked for. */
    readonly samples: number;
    readonly columns: number;
    readonly findings: readonly Finding[];
  };
  /** The name of the former database, if it was kept. */
  readonly former: string | null;
  readonly durationMs: number;
  readonly notes: readonly string[];
}
