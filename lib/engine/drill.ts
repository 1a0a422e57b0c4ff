import type { BackupPlace } from './archive/keys.ts';
import type { DrillReport } from './drill/report.ts';
import type { Observer } from './progress.ts';
import type { ObjectStore } from './storage/object-store.ts';

/** A check of the user's own: SQL with one row of one column, and what it has to be, as text. */
export interface CustomCheck {
  readonly name: string;
  readonly sql: string;
  readonly expect: string;
}

export interface DrillRequest {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly checks?: readonly CustomCheck[];
  /** Parent of the embedded target's data directory; the system's temporary directory unless given. */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

export async function drill(_request: DrillRequest): Promise<DrillReport> {
  throw new Error('to come');
}
