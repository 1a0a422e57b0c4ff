import { copySessions, DEFAULT_JOBS } from '../../backup/session-budget.ts';
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
    const [row] = await query(`
      SELECT pg_catalog.current_setting('max_connections')::int
               - pg_catalog.current_setting('superuser_reserved_connections')::int
               - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
                   WHERE backend_type = 'client backend')::int + 1 AS free,
             pg_catalog.quote_ident(CURRENT_USER) AS role,
             pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
             (SELECT r.rolconnlimit FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER) AS role_limit,
             (SELECT d.datconnlimit FROM pg_catalog.pg_database d
               WHERE d.datname = pg_catalog.current_database()) AS database_limit`);
    const free = Number(row?.free);
    const limits = [row?.role_limit, row?.database_limit].map(Number).filter((limit) => limit >= 0);
    const [lowest = Number.POSITIVE_INFINITY] = limits.sort((a, b) => a - b);
    if (lowest < FEWEST) {
      const isOfRole = Number(row?.role_limit) === lowest;
      return findings.problem(
        `${isOfRole ? 'The role' : 'The database'} is limited to ${lowest} connections, and a backup needs ${FEWEST}.`,
        isOfRole
          ? `\`ALTER ROLE ${row?.role} CONNECTION LIMIT -1;\` removes the limit.`
          : `\`ALTER DATABASE ${row?.database} CONNECTION LIMIT -1;\` removes the limit.`,
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
