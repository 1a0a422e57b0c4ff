import * as v from 'valibot';
import { majorOf } from '../../connection/server-major.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { Target } from '../../target/target.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';

export const eventTriggerSchema = v.object({
  name: v.string(),
  /** pg_event_trigger.evtenabled. */
  enabled: v.picklist(['O', 'D', 'R', 'A']),
});
/** An event trigger that is in a target. */
export type EventTriggerState = v.InferOutput<typeof eventTriggerSchema>;

/** From 17 on one setting keeps a superuser's session free of them: see open-server-target.ts. */
const FIRST_MAJOR_WITH_SETTING = 17;
const WORDS = { O: 'ENABLE', D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' } as const;

/** Reads the event triggers that fire. */
export const EVENT_TRIGGERS = `
  SELECT evtname AS name, evtenabled::pg_catalog.text AS enabled FROM pg_catalog.pg_event_trigger
   WHERE evtenabled <> 'D' ORDER BY evtname`;

export function eventTriggersOf(
  rows: ReadonlyArray<Readonly<Record<string, string | null>>>,
): EventTriggerState[] {
  return v.parse(v.array(eventTriggerSchema), rows);
}

/** Whether an entry creates or changes an event trigger. These come last, or they would act on the rest. */
export function isOfEventTrigger({ type, statements }: Pick<ArchivedEntry, 'type' | 'statements'>): boolean {
  return type === 'EVENT TRIGGER' || statementTarget(statements[0] ?? '').objectType === 'EVENT TRIGGER';
}

/** How a restore keeps the target's event triggers from acting on it, as far as its role may do that. */
export interface EventTriggerSilence {
  /** SET statements for every session of the restore. */
  readonly settings: readonly string[];
  /** Event triggers that fire under these settings too: they are disabled while the restore runs. */
  readonly switchedOff: readonly EventTriggerState[];
}

/** The facts about the target and the restoring role that decide how event triggers are silenced. */
interface Silenced {
  readonly versionNumber: number;
  readonly role: { readonly isSuperuser: boolean };
  readonly eventTriggers: readonly EventTriggerState[];
}

export function silenceOf({ eventTriggers, role, versionNumber }: Silenced): EventTriggerSilence {
  const isNeeded =
    eventTriggers.length > 0 && role.isSuperuser && majorOf({ versionNumber }) < FIRST_MAJOR_WITH_SETTING;
  if (!isNeeded) return { settings: [], switchedOff: [] };
  return {
    settings: ['SET session_replication_role = replica'],
    switchedOff: eventTriggers.filter(({ enabled }) => enabled !== 'O'),
  };
}

export function switchEventTriggers(states: readonly EventTriggerState[], to?: 'D'): string[] {
  return states.map(
    ({ name, enabled }) => `ALTER EVENT TRIGGER ${quoteIdentifier(name)} ${WORDS[to ?? enabled]}`,
  );
}

/**
 * Runs these statements in one transaction in which no event trigger fires; outside of it none is ever
 * disabled. A role that is not a superuser may not disable them, and they fire.
 */
export async function runWithoutEventTriggers(
  session: Pick<ServerTarget, 'executeAll'> & Pick<Target, 'execute'>,
  statements: readonly string[],
): Promise<void> {
  const { rows } = await session.execute(
    `SELECT evtname AS name, evtenabled::pg_catalog.text AS enabled FROM pg_catalog.pg_event_trigger
      WHERE evtenabled <> 'D' AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)`,
  );
  const states = eventTriggersOf(rows);
  await session.executeAll([
    ...switchEventTriggers(states, 'D'),
    ...statements,
    ...switchEventTriggers(states),
  ]);
}
