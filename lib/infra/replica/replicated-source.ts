import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import type { DrillEvent } from '../../contract/events.ts';
import { longestGapOf } from '../../schedule/longest-gap.ts';
import { drillRoomAlarm } from '../alarms/deviation-alarms.ts';
import { drillFailedAlarm, drillFailedTwiceAlarm } from '../alarms/failure-alarms.ts';
import { deadLettersAlarm, throttledAlarm } from '../alarms/function-alarms.ts';
import type { AlarmContext } from '../alarms/lifeboat-alarm.ts';
import { longestBackupWaitMs } from '../alarms/longest-wait.ts';
import { PageNow } from '../alarms/page-now.ts';
import { replicaBehindAlarm, replicaUndrilledAlarm } from '../alarms/replica-alarms.ts';
import { longestGaps } from '../check-source.ts';
import { allowanceMs } from '../compute.ts';
import { drillPlaceOf, isDrilledByStack } from '../drill-place.ts';
import { DeadLetterPolicy } from '../functions/dead-letter-policy.ts';
import { DeadLetterQueue } from '../functions/dead-letter-queue.ts';
import { FunctionSchedule } from '../functions/function-schedule.ts';
import { RestoreDrillFunction } from '../functions/restore-drill-function.ts';
import { ScheduleRole } from '../functions/schedule-role.ts';
import type { SourceToReplicate } from '../source-to-protect.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import type { IReplicatedSource } from './replicated-source-interface.ts';

/** What a {@link ReplicatedSource} is made from. */
export interface ReplicatedSourceParts {
  readonly source: SourceToReplicate;
  readonly vault: VaultInUse;
  readonly context: AlarmContext;
  /** When to drill the replica's newest backup, in UTC. @default - never */
  readonly drillSchedule?: string;
  readonly logRetention: RetentionDays;
  /** The start of the two years over which schedules are checked. */
  readonly now: Date;
}

/** One source in the replica: the alarm on the age of what has arrived, and its drills, if there are any. */
export class ReplicatedSource extends Construct implements IReplicatedSource {
  readonly name: string;
  readonly drill: RestoreDrillFunction | undefined;
  readonly drillSchedule: FunctionSchedule | undefined;
  readonly pageNow: PageNow;
  readonly lastParts: IDependable[];

  constructor(scope: Construct, id: string, parts: ReplicatedSourceParts) {
    super(scope, id);
    const { source, context, now, drillSchedule } = parts;
    this.name = source.name;
    const { backupMs } = longestGaps({ schedule: source.schedule, timeZone: source.timeZone }, now);
    const waitMs = longestBackupWaitMs({ backupGapMs: backupMs, taskMs: allowanceMs(source) });
    const behind = replicaBehindAlarm(this, context, source.name, waitMs);
    const isDrilled = drillSchedule !== undefined && isDrilledByStack(drillPlaceOf(source));
    const drills = isDrilled ? this.#makeDrills(parts, drillSchedule) : undefined;
    this.drill = drills?.drill;
    this.drillSchedule = drills?.schedule;
    const twice = isDrilled ? [drillFailedTwiceAlarm(this, context, source.name)] : [];
    this.pageNow = new PageNow(this, 'PageNow', {
      context,
      source: source.name,
      ofReplica: true,
      alarms: [behind, ...twice],
    });
    this.lastParts = [this.pageNow, ...(drills ? [drills.drill.invocations, drills.schedule] : [])];
  }

  get drillFunction(): IFunction | undefined {
    return this.drill?.function;
  }

  get criticalAlarm(): AlarmBase {
    return this.pageNow.alarm;
  }

  #makeDrills({ source, vault, context, logRetention, now }: ReplicatedSourceParts, expression: string) {
    const { name } = source;
    const deadLetters = new DeadLetterQueue(this, 'DeadLetterQueue');
    const drill = new RestoreDrillFunction(this, 'RestoreDrill', {
      environment: context.environment,
      source: name,
      vault,
      checks: source.drillChecks ?? [],
      size: source.drillSize ?? {},
      isReplica: true,
      ...(source.ageIdentitySecret && { identitySecret: source.ageIdentitySecret }),
      ...(source.ageIdentitySecretKey && { identitySecretKey: source.ageIdentitySecretKey }),
      logRetention,
      deadLetters,
    });
    new DeadLetterPolicy(this, 'DeadLetterPolicy', { deadLetters });
    const schedule = new FunctionSchedule(this, 'DrillSchedule', {
      target: drill,
      role: new ScheduleRole(this, 'ScheduleRole', { targets: [drill] }),
      description: `Lifeboat: drill the newest backup of ${name} in the replica (${context.environment})`,
      expression,
      timeZone: 'UTC',
      input: JSON.stringify({ backup: 'latest' } satisfies DrillEvent),
    });
    replicaUndrilledAlarm(this, context, name, longestGapOf(expression, 'UTC', now));
    drillFailedAlarm(this, context, name, drill);
    drillRoomAlarm(this, context, name, drill.temporaryStorageMb);
    deadLettersAlarm(this, context, name, deadLetters);
    throttledAlarm(this, context, `${name}-drill`, drill);
    return { drill, schedule };
  }
}
