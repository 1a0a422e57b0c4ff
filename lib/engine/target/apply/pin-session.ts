import { valueSettings } from '../../connection/session-settings.ts';
import type { PlannedStatement } from './planned-statement.ts';

/** pg_dump's header would say it; bodies may name what comes later. */
export const SCRIPT_SETTINGS: readonly string[] = [
  'SET check_function_bodies = off',
  'SET client_min_messages = warning',
];

/**
 * What a session of a restore or a drill has set, to be set again: an extension's script, or a function of the user's that a
 * statement called, may have changed any of it for the rest of the session. Its time-outs stay as they are.
 */
export function pins(): readonly string[] {
  return [...valueSettings(), ...SCRIPT_SETTINGS];
}

/** Whether it runs a script that is not in the archive. */
export function runsExtensionScript({ target: { verb, objectType } }: PlannedStatement): boolean {
  return verb === 'CREATE' && objectType === 'EXTENSION';
}
