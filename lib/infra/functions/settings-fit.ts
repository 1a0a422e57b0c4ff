import type { Problem } from '../problem.ts';

/** Of all variables of a function together (AWS Lambda Developer Guide, "Lambda quotas": 4 KB), less what the others take. */
export const ROOM_FOR_SETTINGS_BYTES = 3000;

/** Whether settings that a function is told in a variable fit there, and if not how long they are. */
export function checkSettingsFit(path: string, json: string | undefined): Problem[] {
  const bytes = Buffer.byteLength(json ?? '');
  if (bytes <= ROOM_FOR_SETTINGS_BYTES) return [];
  const message = `is ${bytes} bytes as JSON, but a function has room for only ${ROOM_FOR_SETTINGS_BYTES}`;
  return [{ path: [path], message }];
}
