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

/**
 * Judges a version, because even a minor release may change a catalog. `versionNumber` is
 * `server_version_num`.
 */
export function judgeVersion(versionNumber: number, version: string): Finding {
  const findings = new Findings('source', 'server-version');
  const standing = standingOf(versionNumber);
  switch (standing.kind) {
    case 'tested':
      return findings.ok(
        `The source is PostgreSQL ${version}. This Lifeboat was tested with ${standing.newest} and earlier.`,
      );
    case 'newer-minor':
      return findings.warning(
        `PostgreSQL ${version} is newer than ${standing.newest}, the newest release of this major that this Lifeboat was tested with.`,
        'Run `lifeboat drill`: it shows whether anything changed. A newer Lifeboat may know this release.',
      );
    case 'untested-major':
      return findings.warning(
        `This Lifeboat was not tested with the major of PostgreSQL ${version}, but with ${standing.majors.join(', ')}.`,
        'Run `lifeboat drill`: it shows whether a backup can be restored.',
      );
  }
}
