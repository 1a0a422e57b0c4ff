import type { Problem } from '../problem.ts';

/** The 4 KB for all variables (AWS Lambda Developer Guide, "Lambda quotas"), minus the others. */
export const ROOM_FOR_SETTINGS_BYTES = 2400;

/** Reports settings that do not fit into a function's variable, with their size. */
export function checkSettingsFit(path: string, json: string | undefined): Problem[] {
  const bytes = Buffer.byteLength(json ?? '');
  if (bytes <= ROOM_FOR_SETTINGS_BYTES) return [];
  const message = `is ${bytes} bytes as JSON, but a function has room for only ${ROOM_FOR_SETTINGS_BYTES}`;
  return [{ path: [path], message }];
}
