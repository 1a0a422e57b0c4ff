import { standingOf } from '../../backup/tested-minors.ts';
import { checkServerVersion } from '../../connection/check-version.ts';
import {
  describeUnknownColumns,
  refuseUnknownObjects,
} from '../../schema-dump/newer-server/unknown-additions.ts';
import { type Finding, Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const serverVersion: SourceCheck = {
  name: 'server-version',
  async run({ session, query }) {
    checkServerVersion(session.major);
    const findings = new Findings('source', 'server-version');
    const unknown = describeUnknownColumns(await refuseUnknownObjects(query, session.major));
    const [row] = await query("SELECT pg_catalog.current_setting('server_version') AS version");
    return [
      judgeVersion(session.versionNumber, String(row?.version)),
      ...(unknown === undefined
        ? []
        : [findings.warning(unknown, 'Install a newer Lifeboat, if there is one.')]),
    ];
  },
};

/** A minor release may change what a catalog holds. `versionNumber` is `server_version_num`. */
export function judgeVersion(versionNumber: number, version: string): Finding {
  const findings = new Findings('source', 'server-version');
  const standing = standingOf(versionNumber);
  switch (standing.kind) {
    case 'tested':
      return findings.ok(
        `PostgreSQL ${version}. This Lifeboat was tested with ${standing.newest} and earlier.`,
      );
    case 'newer-minor':
      return findings.warning(
        `PostgreSQL ${version} is newer than ${standing.newest}, the newest release of this major that this Lifeboat was tested with.`,
        'A drill of a backup shows whether anything changed: `lifeboat drill`. A newer Lifeboat may know this release.',
      );
    case 'untested-major':
      return findings.warning(
        `PostgreSQL ${version} is of a major that this Lifeboat was not tested with; those are ${standing.majors.join(', ')}.`,
        'A drill of a backup shows whether it can be restored: `lifeboat drill`.',
      );
  }
}
