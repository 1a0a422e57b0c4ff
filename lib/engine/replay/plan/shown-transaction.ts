import { commitTime } from '../../pgoutput/commit-time.ts';
import { formatLsn } from '../../pgoutput/lsn.ts';
import type { BeginMessage } from '../../pgoutput/messages.ts';
import type { ShownTransaction } from './moment.ts';

/** A transaction as plans show it. */
export function shownTransaction({ xid, finalLsn, committedAtMicros }: BeginMessage): ShownTransaction {
  return {
    xid,
    commitLsn: formatLsn(finalLsn),
    committedAt: commitTime(committedAtMicros),
  };
}
