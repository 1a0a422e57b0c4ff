import { checkServerVersion } from '../../source/check-version.ts';
import {
  describeUnknownColumns,
  refuseUnknownObjects,
} from '../../source/schema-dump/newer-server/unknown-additions.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const serverVersion: SourceCheck = {
  name: 'server-version',
  async run({ session, query }) {
    checkServerVersion(session.major);
    const findings = new Findings('source', 'server-version');
    const unknown = describeUnknownColumns(await refuseUnknownObjects(query, session.major));
    const [row] = await query("SELECT pg_catalog.current_setting('server_version') AS version");
    return [
      findings.ok(`PostgreSQL ${row?.version}.`),
      ...(unknown === undefined
        ? []
        : [findings.warning(unknown, 'Install a newer Lifeboat, if there is one.')]),
    ];
  },
};
