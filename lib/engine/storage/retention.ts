import type { LockMode } from '../../contract/object-lock.ts';

/** Until when nobody may delete a version of an object, by S3 Object Lock. */
export interface Retention {
  readonly mode: LockMode;
  readonly until: Date;
}

/** A lock that somebody asks for, before the time is known from which it counts. */
export interface LockOrder {
  readonly mode: LockMode;
  readonly days: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** A policy may allow just these days, by S3's clock, which may be a little behind this machine's. */
const CLOCK_MARGIN_MS = 60 * 1000;

export function retentionFrom({ mode, days }: LockOrder, start: Date): Retention {
  return { mode, until: new Date(start.getTime() + days * DAY_MS - CLOCK_MARGIN_MS) };
}
