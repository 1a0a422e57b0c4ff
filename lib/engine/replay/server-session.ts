import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import type { ReplaySession } from './apply/replay-session.ts';

/** A session of a server. Its COPY text is in the encoding with which it was opened. */
export function serverSession(target: ServerTarget): ReplaySession {
  return {
    execute: (sql) => target.execute(sql),
    copyIn: (destination, body) => target.copyIn(destination, body),
    async begin() {
      await target.execute('BEGIN');
    },
    async commit() {
      const { tag } = await target.execute('COMMIT');
      if (tag !== 'COMMIT') throw new TargetStatementError(`COMMIT was answered by ${tag}`, '25000');
    },
  };
}
