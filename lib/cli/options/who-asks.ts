import { userInfo } from 'node:os';
import type { Context } from '../program/context.ts';

/** The name by which the system knows the person; the cloud's own log knows the credentials. */
export function userOf({ environment }: Pick<Context, 'environment'>): string {
  const { LOGNAME, USER, USERNAME } = environment;
  return LOGNAME || USER || USERNAME || userOfProcess();
}

function userOfProcess(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return 'unknown';
  }
}
