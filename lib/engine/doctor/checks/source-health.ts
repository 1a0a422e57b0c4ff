import { askSource } from '../../health/ask-source.ts';
import { HEALTH_CHECKS } from '../../health/checks.ts';
import { healthSettings } from '../../health/settings.ts';
import type { CheckName } from '../../health/thresholds.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** What can stop a backup, or makes one worth having soon. The rest is for `lifeboat health`. */
const OF_BACKUPS: ReadonlySet<CheckName> = new Set([
  'checksum-failures',
  'transaction-ids',
  'multixact-ids',
  'prepared-transactions',
  'replication-slots',
]);

/** What the server tells of itself, by the measures of `lifeboat health`. */
export const sourceHealth: SourceCheck = {
  name: 'source-health',
  async run({ session, profile, signal }) {
    const checks = HEALTH_CHECKS.filter(({ name }) => OF_BACKUPS.has(name));
    const settings = healthSettings();
    const { findings } = await askSource(session, checks, { settings, previous: undefined, profile, signal });
    const bad = findings.filter(({ severity }) => severity === 'critical' || severity === 'warning');
    const report = new Findings('source', 'source-health');
    if (bad.length === 0)
      return report.ok('The server reports nothing about itself that endangers a backup.');
    return bad.map(({ what, meaning = '', remedy = '', statements = [] }) =>
      report.warning(
        `${what} ${meaning}`.trim(),
        [remedy, ...statements.map((statement) => `\`${statement}\``)].join(' '),
      ),
    );
  },
};
