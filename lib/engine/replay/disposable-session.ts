import { transcode } from '../rows/transcode.ts';
import type { Target } from '../target/target.ts';
import type { ReplaySession } from './apply/replay-session.ts';

/**
 * A session of a target that is thrown away when the replay fails, so that it needs no transactions. It takes UTF-8 only;
 * `encoding` is that of the segments.
 */
export function disposableSession(target: Target, encoding: string): ReplaySession {
  return {
    execute: (sql) => target.execute(sql),
    copyIn: async (destination, body) =>
      await target.copyIn(destination, (await transcode(body, encoding)).text),
    begin: async () => {},
    commit: async () => {},
  };
}
