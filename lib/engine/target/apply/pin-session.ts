import { valueSettings } from '../../connection/session-settings.ts';
import type { PlannedStatement } from './planned-statement.ts';

/** Settings from the header of pg_dump's scripts. Function bodies may name objects that are created later. */
export const SCRIPT_SETTINGS: readonly string[] = [
  'SET check_function_bodies = off',
  'SET client_min_messages = warning',
];

/**
 * The statements that set the settings of a restore or drill again. An extension's script, or a user's
 * function that a statement called, may have changed any of them for the rest of the session. Time-outs are
 * not set again.
 */
export function pins(): readonly string[] {
  return [...valueSettings(), ...SCRIPT_SETTINGS];
}

/** Whether a statement runs an extension's script, which is not in the archive. */
export function runsExtensionScript({ target: { verb, objectType } }: PlannedStatement): boolean {
  return verb === 'CREATE' && objectType === 'EXTENSION';
}
