/**
 * Where the last result of a source's health lies, in the bucket that FUNCTION_VARIABLES.healthResults names. The
 * function of the source writes it, the next run takes counters from it, and an endpoint answers from it. It is a
 * bucket of its own: what is in the vault is written once and locked (docs/decisions/0113).
 */
export function healthResultKey(source: string): string {
  return `${HEALTH_RESULTS_FOLDER}${source}/latest.json`;
}

/** The folder of all results. */
export const HEALTH_RESULTS_FOLDER = 'health/';

/** How often health can be measured, in minutes. */
export const HEALTH_MINUTES = { from: 2, to: 15, usually: 5 } as const;

/** A result is too old when this many runs have left none after it. The alarm health-not-measured waits as long. */
export const MISSED_HEALTH_RUNS = 3;
