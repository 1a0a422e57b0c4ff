import type { TargetCapabilities } from '../capabilities.ts';
import type { ObjectRegistry } from '../object-registry.ts';
import type { PlannedStatement } from '../planned-statement.ts';
import type { SchemaObject } from '../schema-object.ts';

export interface RuleContext {
  readonly capabilities: TargetCapabilities;
  /** Objects that some script makes. */
  readonly made: ObjectRegistry<SchemaObject>;
  /** Objects that were left out so far, with the first reason of all. */
  readonly leftOut: ObjectRegistry<string>;
  /** Tables whose rows had to be loaded into bare ones, with the reason. */
  readonly emptied: ObjectRegistry<string>;
  /** Names that the scripts have for roles that are gone at the source: their OIDs. */
  readonly goneRoles: ReadonlySet<string>;
}

export interface Decision {
  /** A sentence without its full stop: what the target lacks. */
  readonly reason: string;
  /** The reason of what it depends on, at the other end of the chain. */
  readonly root?: string;
  /** Sent in the statement's place, so that what follows finds the session as it must be. */
  readonly instead?: string;
}

/**
 * Decides, before a statement is sent, that this target cannot do it. Undefined: nothing is known against it. A rule
 * looks at capabilities, never at the kind of target.
 */
export type Rule = (statement: PlannedStatement, context: RuleContext) => Decision | undefined;
