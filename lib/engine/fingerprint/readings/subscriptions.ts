import { identifier } from '../identity.ts';
import { type Reading, unordered } from '../reading.ts';

/**
 * Reads only the columns that every role may read. The connection string is not one of them, nor the OID
 * before 14.
 */
export function subscriptions(major: number): Reading {
  return {
    kind: `'subscription'`,
    name: { parts: ['s.subname'], format: identifier },
    address: { catalog: 'pg_subscription', oid: major >= 14 ? 's.oid' : '0' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_subscription',
    from: 'pg_catalog.pg_subscription s',
    where:
      's.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())',
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(s.subowner)',
      publications: unordered('s.subpublications'),
      ...(major >= 19
        ? {
            server: '(SELECT f.srvname FROM pg_catalog.pg_foreign_server f WHERE f.oid = s.subserver)',
            retainDeadTuples: 's.subretaindeadtuples',
            maxRetention: 'NULLIF(s.submaxretention, 0)',
            receiverTimeout: `NULLIF(s.subwalrcvtimeout, '-1')`,
          }
        : {}),
    },
  };
}
