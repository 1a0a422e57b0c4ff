import { EMBEDDED_EXTENSIONS } from '../../target/embedded/embedded-extensions.ts';
import { EMBEDDED_MAJOR } from '../../target/embedded/embedded-major.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** Finds what the embedded PostgreSQL of a drill cannot prove. */
export const drillable: SourceCheck = {
  name: 'drillable',
  async run({ query, omissions, session }) {
    const findings = new Findings('source', 'drillable');
    const rows = await query('SELECT extname::text AS name FROM pg_catalog.pg_extension ORDER BY extname');
    const [database] = await query('SELECT pg_catalog.getdatabaseencoding()::text AS encoding');
    const unknown = rows
      .map(({ name }) => String(name))
      .filter((name) => !EMBEDDED_EXTENSIONS.has(name) && !omissions.extensions.includes(name));
    const doubts = [
      ...(unknown.length === 0
        ? []
        : [
            findings.warning(
              `An embedded drill has no ${unknown.join(', ')}: it skips what depends on it, and gives the reason.`,
              'Drill into a server that has it: `lifeboat drill --target <server url>`.',
            ),
          ]),
      ...(database?.encoding === 'SQL_ASCII'
        ? [
            findings.warning(
              'The encoding is SQL_ASCII: tables with bytes that are not UTF-8 are backed up unchanged, but an embedded drill skips them.',
              'Drill into a server (`lifeboat drill --target <server url>`), or convert the database to UTF8.',
            ),
          ]
        : []),
    ];
    const ofVersions =
      session.major > EMBEDDED_MAJOR
        ? [
            findings.ok(
              `An embedded drill runs PostgreSQL ${EMBEDDED_MAJOR}: it proves the rows, and skips by name what only ${session.major} understands. A drill into a server of ${session.major} proves the rest.`,
            ),
          ]
        : [];
    return doubts.length > 0
      ? [...doubts, ...ofVersions]
      : [findings.ok('An embedded drill has all extensions of this database.'), ...ofVersions];
  },
};
