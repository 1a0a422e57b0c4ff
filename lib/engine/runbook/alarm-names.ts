import { type AlarmKind, alarmName, PAGE_NOW } from '../../contract/alarm-texts.ts';
import { replicaEnvironment } from '../../contract/stack-names.ts';
import type { DeployedSource, Deployment } from './deployment.ts';

/** An alarm of a deployment. */
export interface NamedAlarm {
  readonly name: string;
  /** Its heading in the runbook. */
  readonly kind: AlarmKind | typeof PAGE_NOW;
}

/** Every alarm that the stacks of a deployment make; test/infra/runbook.test.ts compares them with the templates. */
export function alarmsOf(deployment: Deployment): NamedAlarm[] {
  return [...vaultAlarms(deployment), ...replicaAlarms(deployment)];
}

function vaultAlarms({ environment, sources, hasWords, isScrubbed, replica }: Deployment): NamedAlarm[] {
  const one = (kind: NamedAlarm['kind'], subject?: string) => namedIn(environment, kind, subject);
  return [
    one(PAGE_NOW),
    ...sources.flatMap((source) => sourceAlarms(environment, source, isScrubbed)),
    ...sentinelAlarms(environment),
    one('keeper-silent'),
    ...(isScrubbed ? [one('scrub-failed'), one('scrub-timed-out'), one('scrub-stopped')] : []),
    ...(hasWords
      ? [
          one('notify-errors'),
          one('notify-silent'),
          one('dead-letters', 'notify'),
          one('throttled', 'notify'),
        ]
      : []),
    ...(replica ? [one('replication-failed')] : []),
  ];
}

function sourceAlarms(environment: string, source: DeployedSource, isScrubbed: boolean): NamedAlarm[] {
  const { name, drill, isHealthMeasured, isCaptured, isEgressLimited, isExported } = source;
  const one = (kind: NamedAlarm['kind'], subject = name) => namedIn(environment, kind, subject);
  const isDrilledByStack = drill !== 'elsewhere' && drill !== 'off';
  return [
    one(PAGE_NOW),
    one('no-backup-25h'),
    ...(drill === 'off' ? [] : [one('unproven'), one('recovery-time')]),
    ...(isDrilledByStack ? drillAlarms(environment, name) : []),
    ...[one('backup-failed'), one('size-deviation'), one('duration-deviation')],
    ...(isEgressLimited ? [one('egress-high')] : []),
    ...(isExported ? [one('export-failed')] : []),
    ...[one('dead-letters'), one('throttled', `${name}-backup`)],
    ...(isScrubbed ? [one('scrub-damaged'), one('scrub-overdue')] : []),
    ...(isHealthMeasured ? HEALTH.map((kind) => one(kind)) : []),
    ...(isCaptured ? CAPTURE.map((kind) => one(kind)) : []),
    ...(isCaptured && isDrilledByStack ? [one('changes-unproven')] : []),
  ];
}

function drillAlarms(environment: string, source: string): NamedAlarm[] {
  return [
    ...(['drill-failed-twice', 'drill-failed', 'drill-room'] as const).map((kind) =>
      namedIn(environment, kind, source),
    ),
    namedIn(environment, 'throttled', `${source}-drill`),
  ];
}

function sentinelAlarms(environment: string): NamedAlarm[] {
  return [
    ...[namedIn(environment, 'sentinel-silent'), namedIn(environment, 'sentinel-errors')],
    ...[namedIn(environment, 'dead-letters', 'sentinel'), namedIn(environment, 'throttled', 'sentinel')],
  ];
}

function replicaAlarms({ environment, sources, replica }: Deployment): NamedAlarm[] {
  if (!replica) return [];
  const elsewhere = replicaEnvironment(environment);
  return [
    namedIn(elsewhere, PAGE_NOW),
    ...sources.flatMap((source) => {
      const isDrilled = replica.isDrilled && source.drill !== 'elsewhere' && source.drill !== 'off';
      return [
        namedIn(elsewhere, PAGE_NOW, source.name),
        namedIn(elsewhere, 'replica-behind', source.name),
        ...(isDrilled
          ? [
              namedIn(elsewhere, 'replica-undrilled', source.name),
              namedIn(elsewhere, 'dead-letters', source.name),
              ...drillAlarms(elsewhere, source.name),
            ]
          : []),
      ];
    }),
    ...sentinelAlarms(elsewhere),
    namedIn(elsewhere, 'replication-lag'),
  ];
}

const HEALTH = ['source-unreachable', 'health-critical', 'health-warning', 'health-not-measured'] as const;
const CAPTURE = [
  'recovery-point-old',
  'capture-silent',
  'changes-gap',
  'held-wal',
  'slot-watch-silent',
  'slot-dropped',
  'slot-lost',
  'tables-not-covered',
] as const;

function namedIn(environment: string, kind: NamedAlarm['kind'], subject?: string): NamedAlarm {
  return { name: alarmName(environment, subject, kind), kind };
}
