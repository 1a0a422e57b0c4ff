import { checkServerVersion } from '../../source/check-version.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const serverVersion: SourceCheck = {
  name: 'server-version',
  async run({ session, query }) {
    checkServerVersion(session.major);
    const [row] = await query("SELECT pg_catalog.current_setting('server_version') AS version");
    return new Findings('source', 'server-version').ok(`PostgreSQL ${row?.version}.`);
  },
};
