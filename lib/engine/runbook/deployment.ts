import type { Contact } from '../../contract/contacts.ts';
import type { LastDrill } from './last-drill.ts';

/** A source of a deployment, as far as its runbook concerns it. */
export interface DeployedSource {
  readonly name: string;
  /** ARN or name of the secret with its connection. */
  readonly secret: string | undefined;
  readonly schedule: string;
  readonly drillSchedule: string;
  readonly timeZone: string;
  readonly drill: DrillPlace;
  readonly isHealthMeasured: boolean;
  readonly isCaptured: boolean;
  /** Whether an alarm watches what its backups take from the host. */
  readonly isEgressLimited: boolean;
  /** Whether tables are exported after each backup. */
  readonly isExported: boolean;
}

export const DRILL_PLACES = ['function', 'auto', 'task', 'elsewhere', 'off'] as const;
export type DrillPlace = (typeof DRILL_PLACES)[number];

/** A second place, in a stack of its own. */
export interface DeployedReplica {
  readonly region: string;
  readonly account: string | undefined;
  readonly isDrilled: boolean;
}

/** One environment of the environments file: what its runbook can say without asking AWS. */
export interface Deployment {
  readonly environment: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly sources: readonly DeployedSource[];
  readonly emails: readonly string[];
  /** Whether a function makes words of alarms. */
  readonly hasWords: boolean;
  readonly isScrubbed: boolean;
  readonly replica: DeployedReplica | undefined;
  readonly recoveryTimeMinutes: number;
  readonly contacts: readonly Contact[];
  /** Path or URL of the runbook that alarms link to. */
  readonly runbook: string | undefined;
}

/** What CloudFormation told. */
export interface StackFacts {
  /** Of the outputs, by their keys. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Names that no output has: log groups, queues, roles, state machines. By the type of the resource. */
  readonly resources: ReadonlyMap<string, readonly string[]>;
}

/** Something that could not be asked: why, in a clause, and what to do. */
export interface Unasked {
  readonly why: string;
  readonly remedy: string;
}

/** Everything that a runbook is filled with. */
export interface RunbookFacts {
  /** Undefined for a vault without a stack. */
  readonly deployment: Deployment | undefined;
  /** The one source that the commands name; undefined: they are for all of them. */
  readonly source: string | undefined;
  /** Names of the sources, from the deployment or from the vault. */
  readonly sources: readonly string[];
  readonly stack: StackFacts | Unasked | undefined;
  readonly replicaStack: StackFacts | Unasked | undefined;
  readonly vault: string | undefined;
  readonly drills: readonly LastDrill[] | Unasked;
  readonly writtenAt: Date;
  readonly version: string;
}

export function isAsked<Facts extends object>(facts: Facts | Unasked | undefined): facts is Facts {
  return facts !== undefined && !('why' in facts);
}
