import type { HealthReport } from '../../engine/health/health.ts';
import { httpStatusOf, type Status } from '../../engine/health/status/status.ts';
import type { Gauge } from './open-metrics.ts';

/** What the vault holds beside the ages. */
export interface VaultFigures {
  readonly storedBytes: number | undefined;
  readonly recoveryTimeSeconds: number | undefined;
}

export interface Measured {
  readonly source: string;
  readonly report: HealthReport | undefined;
  readonly vault: VaultFigures | undefined;
}

/** Everything that is known of one source, as gauges. Ages are as of the scrape. */
export function healthGauges({ source, report, vault }: Measured, status: Status): Gauge[] {
  const [of] = status.sources;
  const labels = { source };
  const one = (value: number | null | undefined) =>
    value === null || value === undefined ? [] : [{ labels, value }];
  const findings = report?.findings ?? [];
  const reachable = findings.find(({ check }) => check === 'reachable');
  const size = findings.find(({ check }) => check === 'database-size')?.figures?.sizeBytes;
  return [
    {
      name: 'lifeboat_up',
      help: 'Whether the last results are good and young enough: 1 where the JSON is answered with 200.',
      samples: one(httpStatusOf(status) === 200 ? 1 : 0),
    },
    {
      name: 'lifeboat_backup_age_seconds',
      unit: 'seconds',
      help: 'Since the newest full backup was sealed.',
      samples: one(of?.newestBackup?.ageSeconds),
    },
    {
      name: 'lifeboat_proven_backup_age_seconds',
      unit: 'seconds',
      help: 'Since the newest full backup that a drill has proven was sealed.',
      samples: one(of?.newestProof?.ageSeconds),
    },
    {
      name: 'lifeboat_vault_size_bytes',
      unit: 'bytes',
      help: 'Size of all sealed backups of the source.',
      samples: one(vault?.storedBytes),
    },
    {
      name: 'lifeboat_recovery_time_seconds',
      unit: 'seconds',
      help: 'How long the drill of the newest proven backup took.',
      samples: one(vault?.recoveryTimeSeconds),
    },
    {
      name: 'lifeboat_health_checked_timestamp_seconds',
      unit: 'seconds',
      help: 'When the source was last measured.',
      samples: report ? one(Date.parse(report.checkedAt) / 1000) : [],
    },
    {
      name: 'lifeboat_source_reachable',
      help: 'Whether the last measurement reached the source.',
      samples: reachable ? one(reachable.severity === 'ok' ? 1 : 0) : [],
    },
    {
      name: 'lifeboat_database_size_bytes',
      unit: 'bytes',
      help: 'Size of the database.',
      samples: typeof size === 'number' ? one(size) : [],
    },
    {
      name: 'lifeboat_health_findings',
      help: 'Number of checks by severity.',
      samples: Object.entries(report?.totals ?? {}).map(([severity, value]) => ({
        labels: { ...labels, severity },
        value,
      })),
    },
    {
      name: 'lifeboat_health_check_severity',
      help: 'Severity of each check: 1 for the one that it has.',
      samples: findings.map(({ check, severity }) => ({ labels: { ...labels, check, severity }, value: 1 })),
    },
    {
      name: 'lifeboat_health_check_value',
      help: 'Measured value of each check in the unit that the label names; missing if it is not known.',
      samples: findings.flatMap(({ check, unit, value }) =>
        value === null ? [] : [{ labels: { ...labels, check, unit }, value }],
      ),
    },
  ];
}
