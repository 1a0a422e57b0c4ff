import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type HealthReport, health } from '../../../lib/engine/health/health.ts';
import type { PreviousHealth } from '../../../lib/engine/health/previous.ts';
import { type GivenHealthSettings, healthSettings } from '../../../lib/engine/health/settings.ts';

export interface Examined extends HealthReport {
  of(check: string): HealthReport['findings'][number];
}

export async function examine(
  url: string,
  settings: GivenHealthSettings = {},
  previous?: PreviousHealth,
  now: () => Date = () => new Date(),
): Promise<Examined> {
  const source = connectionSettings(url);
  const report = await health({ source, settings: healthSettings(settings), previous, now });
  return {
    ...report,
    of: (check) => {
      const found = report.findings.find((finding) => finding.check === check);
      if (!found) throw new Error(`no finding of ${check}`);
      return found;
    },
  };
}
