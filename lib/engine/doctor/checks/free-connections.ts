import { copySessions, DEFAULT_JOBS } from '../../backup/session-budget.ts';
import { connections } from '../../health/measures/connections.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** A backup needs at least three: one guards the snapshot, one copies, and one reads the schema again. */
const FEWEST = 3;

const WHO_IS_CONNECTED =
  '`SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC;`';

export const freeConnections: SourceCheck = {
  name: 'free-connections',
  async run({ query }) {
    const findings = new Findings('source', 'free-connections');
    const found = connections.read(await query(connections.sql()));
    const { role, database, roleLimit, databaseLimit } = found;
    // The doctor's own is one that a backup may use.
    const free = found.free + 1;
    const lowest = Math.min(...[roleLimit, databaseLimit].filter((limit) => limit !== null));
    if (lowest < FEWEST) {
      const isOfRole = roleLimit === lowest;
      return findings.problem(
        `${isOfRole ? 'The role' : 'The database'} is limited to ${lowest} connections, and a backup needs ${FEWEST}.`,
        isOfRole
          ? `\`ALTER ROLE ${role} CONNECTION LIMIT -1;\` removes the limit.`
          : `\`ALTER DATABASE ${database} CONNECTION LIMIT -1;\` removes the limit.`,
      );
    }
    if (free < FEWEST) {
      return findings.problem(
        `Only ${free} connections are free, and a backup needs ${FEWEST}.`,
        `Close idle connections (${WHO_IS_CONNECTED} shows whose they are), let the application use a pool, or raise max_connections.`,
      );
    }
    const jobs = await copySessions(query);
    const what = `${free} connections are free: a backup uses ${jobs} of them to copy rows.`;
    return jobs < DEFAULT_JOBS
      ? findings.warning(
          what,
          'A backup uses at most a quarter of the free connections. With more of them free it would be faster.',
        )
      : findings.ok(what);
  },
};
