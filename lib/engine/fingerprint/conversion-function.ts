import type { FactValue } from './fingerprint.ts';

/**
 * From 14 on the function of a conversion takes a sixth argument, noError (CREATE CONVERSION in the manuals of 13 and 14). A dump
 * has the function's name alone, so that the same conversion reads `…,internal,integer)` before and `…,internal,integer,boolean)`
 * since.
 */
const FIRST_MAJOR_WITH_NO_ERROR = 14;

export function noErrorIsBetween(olderMajor: number, newerMajor: number): boolean {
  return olderMajor < FIRST_MAJOR_WITH_NO_ERROR && newerMajor >= FIRST_MAJOR_WITH_NO_ERROR;
}

/** Whether two functions of conversions differ in nothing but that. */
export function sameFunctionButNoError(a: FactValue | undefined, b: FactValue | undefined): boolean {
  const without = (one: FactValue | undefined) => String(one).replace(/,boolean\)$/, ')');
  return without(a) === without(b);
}
