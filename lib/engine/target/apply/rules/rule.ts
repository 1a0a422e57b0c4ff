import type { TargetCapabilities } from '../capabilities.ts';
import type { ObjectRegistry } from '../object-registry.ts';
import type { PlannedStatement } from '../planned-statement.ts';
import type { SchemaObject } from '../schema-object.ts';

export interface RuleContext {
  readonly capabilities: TargetCapabilities;
  /** Objects that the scripts create. */
  readonly made: ObjectRegistry<SchemaObject>;
  /** Objects that were left out so far, with the root reason. */
  readonly leftOut: ObjectRegistry<string>;
  /** Tables whose rows had to be loaded into bare tables, with the reason. */
  readonly emptied: ObjectRegistry<string>;
  /** The names of dropped roles in the scripts: their OIDs. */
  readonly goneRoles: ReadonlySet<string>;
}

export interface Decision {
  /** What the target lacks, as a sentence without a full stop. */
  readonly reason: string;
  /** The root reason, at the end of the chain of dependencies. */
  readonly root?: string;
  /** A statement to send instead, so that the session is in the right state for the following statements. */
  readonly instead?: string;
}

/**
 * Decides, before a statement is sent, whether this target cannot execute it. Undefined if nothing is known
 * against it. A rule checks capabilities, never the kind of target.
 */
export type Rule = (statement: PlannedStatement, context: RuleContext) => Decision | undefined;
