import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const standby: SourceCheck = {
  name: 'standby',
  async run({ query }) {
    const findings = new Findings('source', 'standby');
    const [row] = await query(`
      SELECT pg_catalog.pg_is_in_recovery()::text AS standby,
             pg_catalog.current_setting('hot_standby_feedback') AS feedback,
             pg_catalog.current_setting('max_standby_streaming_delay') AS delay`);
    if (row?.standby !== 'true') return findings.ok('The source is a primary.');
    if (row.feedback === 'on' || row.delay === '-1')
      return findings.ok('The source is a standby that lets backups read.');
    return findings.warning(
      `The source is a standby that cancels queries in conflict with replay after ${String(row.delay)}.`,
      'Run on the standby, as a superuser: `ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf();`. Or set max_standby_streaming_delay to more than a backup takes, or back up the primary.',
    );
  },
};
