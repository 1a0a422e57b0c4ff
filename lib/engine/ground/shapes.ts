import * as v from 'valibot';

export const text = v.pipe(v.string(), v.nonEmpty());

/** Bytes, rows, milliseconds. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A moment in UTC as ISO 8601 writes it: `2026-11-20T02:00:00.000Z`. */
export const instant = v.pipe(v.string(), v.isoTimestamp(), v.endsWith('Z'));

type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];

/** Where something is wrong first, and what, for a message: `tables.0.rows: Invalid type: …`. It may repeat what was found. */
export function firstFault([first]: Issues): string {
  return `${v.getDotPath(first) ?? 'the whole'}: ${first.message}`;
}
