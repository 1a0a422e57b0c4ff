import type { PhaseClock } from '../../proof/phase-clock.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { SchemaContext } from '../../target/apply/apply-schema.ts';
import type { ComputationSettings } from '../../target/compute-as-source.ts';
import type { RowRewriting } from '../archived/row-rewriting.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';
import type { Ledger } from '../target/ledger.ts';
import type { RestoreSessions } from '../target/restore-sessions.ts';
import type { RestoreLog } from './restore-log.ts';

/** The things that every phase of a restore uses. */
export interface RestoreRun {
  readonly plan: RestorePlan;
  readonly store: ObjectStore;
  readonly sessions: RestoreSessions;
  readonly ledger: Ledger;
  readonly log: RestoreLog;
  readonly clock: PhaseClock;
  /** What the appliers of scripts share: what was left out, what failed. */
  readonly context: SchemaContext;
  /** Changes every row before the target gets it. @default the rows stay as they are */
  readonly rewriting?: RowRewriting | undefined;
  /** The comment on every role that is created, so that people can tell who created it. */
  readonly roleComment?: string;
  /** Called while a restore waits for somebody's lock. */
  readonly onLockWait?: (what: string, pauseMs: number) => void;
  /** Known once the types and configurations exist that the settings may name. */
  readonly sourceSettings?: ComputationSettings;
}
