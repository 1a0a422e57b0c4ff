import * as v from 'valibot';

export const text = v.pipe(v.string(), v.nonEmpty());

/** Bytes, rows, milliseconds. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A time in UTC, in ISO 8601 format: `2026-11-20T02:00:00.000Z`. */
export const instant = v.pipe(v.string(), v.isoTimestamp(), v.endsWith('Z'));

type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];

/**
 * The first fault and its place, for a message: `tables.0.rows: Invalid type: …`. The text may repeat the
 * invalid value.
 */
export function firstFault([first]: Issues): string {
  return `${v.getDotPath(first) ?? 'the whole'}: ${first.message}`;
}
