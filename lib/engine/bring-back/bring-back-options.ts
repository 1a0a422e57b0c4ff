import type { BackupPlace } from '../archive/keys.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { RowsPlan } from './bring-back-report.ts';
import type { RowChanges } from './match-tables.ts';

export interface BringBackOptions extends RowChanges {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** The database into which rows are brought back. */
  readonly settings: ConnectionSettings;
  /** Names of tables; at least one table or schema. */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
  /** An SQL condition on rows of the backup: only these are brought back. */
  readonly where?: string | undefined;
  /** Also brings back the rows that refer to these, and missing rows that they refer to. */
  readonly follow?: boolean | undefined;
  /** Does the rest if some rows conflict with others. @default false: nothing is changed then */
  readonly skipConflicts?: boolean | undefined;
  /** Lets triggers fire. @default they are switched off, if the role may do that */
  readonly firesTriggers?: boolean | undefined;
  /** Takes rows as triggers leave them. @default such a row is a conflict */
  readonly allowsAltered?: boolean | undefined;
  /** Writes although sessions are read-only by default, which somebody may have wanted. @default refused */
  readonly despiteReadOnly?: boolean | undefined;
  /** Changes so many rows of a table in each transaction, and keeps what was done if a later one is refused. @default all in one */
  readonly batchRows?: number | undefined;
  /** Brings back rows that are on the list of erasures, too. @default they are left out */
  readonly keepErased?: boolean | undefined;
  /** Keeps what the changed rows were. Without it, the run cannot be undone. @default true */
  readonly safetyCopyKept?: boolean | undefined;
  /** Whom that copy is encrypted to. @default the recipients of the backup */
  readonly safetyRecipients?: readonly string[];
  /** Keys to show of each kind for each table. @default 10 */
  readonly limit?: number;
  /** Does everything in a transaction that is rolled back. */
  readonly dryRun?: boolean | undefined;
  /** Whether {@link confirm} shows the result of a trial to a person. @default true */
  readonly trial?: boolean;
  /** Asks the person to agree; throws if they do not. Gets the result of the trial, if there was one. */
  readonly confirm?: (plan: RowsPlan) => Promise<void> | void;
  /** Parent of the directory for rows that do not fit into memory. @default the system's temporary directory */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}
