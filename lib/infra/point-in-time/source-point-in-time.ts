import { Annotations, CfnResource, Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { CaptureEvent } from '../../contract/events.ts';
import { SLOT_WATCH_MINUTES } from '../../contract/point-in-time.ts';
import type { AlarmContext, LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { PointInTimeAlarms } from '../alarms/point-in-time-alarms.ts';
import { allowanceMs } from '../compute.ts';
import { CaptureFunction } from '../functions/capture-function.ts';
import { FunctionSchedule } from '../functions/function-schedule.ts';
import type { ScheduleRole } from '../functions/schedule-role.ts';
import { SlotWatchFunction } from '../functions/slot-watch-function.ts';
import { BACKUP_TIME_MS } from '../functions/time-limits.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { SourceToProtect } from '../source-to-protect.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { pointInTimeWarning } from './check-point-in-time.ts';
import type { PointInTimeFigures } from './point-in-time-figures.ts';

/** What a {@link SourcePointInTime} is made from. */
export interface SourcePointInTimeProps {
  readonly source: SourceToProtect;
  readonly figures: PointInTimeFigures;
  readonly vault: VaultInUse;
  readonly backup: IFunction;
  /** Whether the stack drills its backups, and so proves its changes. */
  readonly isDrilled: boolean;
  readonly context: AlarmContext;
  readonly scheduleRole: ScheduleRole;
  readonly logRetention: RetentionDays;
  /** That of the source's backup function. @default - outside any VPC */
  readonly network?: SourceNetworkProps;
}

/** The capture of one source, the watchdog of its slot, and what drops the slot when both are removed. */
export class SourcePointInTime extends Construct {
  readonly captureFunction: IFunction;
  readonly slotWatchFunction: IFunction;
  readonly alarms: LifeboatAlarm[];
  /** The age of the recovery point at which an alarm fires, in seconds. */
  readonly limitSeconds: number;

  constructor(scope: Construct, id: string, props: SourcePointInTimeProps) {
    super(scope, id);
    const { source, figures, context, vault, logRetention, network, scheduleRole } = props;
    const { environment } = context;
    const { everyMinutes } = figures;
    const shared = { environment, source, figures, vault, logRetention, ...(network && { network }) };
    const warning = pointInTimeWarning(source.name, source.hostProfile);
    if (warning !== undefined) {
      Annotations.of(this).addWarningV2(`lifeboat:point-in-time-${source.name}`, warning);
    }
    const watch = new SlotWatchFunction(this, 'SlotWatch', shared);
    const capture = new CaptureFunction(this, 'Capture', {
      ...shared,
      backup: props.backup,
      baseMinutes: Math.ceil((BACKUP_TIME_MS + allowanceMs(source)) / 60_000),
    });
    scheduleRole.allow(watch);
    scheduleRole.allow(capture);
    const removal = slotRemoval(this, watch);
    const captures = new FunctionSchedule(this, 'CaptureSchedule', {
      target: capture,
      role: scheduleRole,
      description: `Lifeboat: capture the changes of ${source.name} (${environment})`,
      expression: rate(everyMinutes),
      timeZone: 'UTC',
      input: JSON.stringify({ slot: '<aws.scheduler.scheduled-time>' } satisfies CaptureEvent),
      handoverTime: Duration.minutes(everyMinutes),
    });
    const looks = new FunctionSchedule(this, 'SlotWatchSchedule', {
      target: watch,
      role: scheduleRole,
      description: `Lifeboat: watch the slot of ${source.name} (${environment})`,
      expression: rate(SLOT_WATCH_MINUTES),
      timeZone: 'UTC',
      input: '{}',
      handoverTime: Duration.minutes(SLOT_WATCH_MINUTES),
    });
    // CloudFormation deletes in the opposite order: first the schedule, so that nobody makes the slot again, then the slot,
    // and only then the functions and their rights.
    captures.node.addDependency(removal);
    looks.node.addDependency(removal);
    this.captureFunction = capture.function;
    this.slotWatchFunction = watch.function;
    this.limitSeconds = 2 * everyMinutes * 60;
    this.alarms = new PointInTimeAlarms(this, 'Alarms', {
      ...{ context, source: source.name, figures, isDrilled: props.isDrilled },
    }).all;
  }
}

/** CloudFormation tells the watchdog when it removes this, and waits for its answer: decision 0121. */
function slotRemoval(scope: Construct, watch: SlotWatchFunction): CfnResource {
  const removal = new CfnResource(scope, 'Slot', {
    type: 'Custom::LifeboatSlot',
    properties: { ServiceToken: watch.function.functionArn, ServiceTimeout: '300' },
  });
  // Its rights, network and log must be there for as long as it may be told.
  removal.node.addDependency(watch);
  return removal;
}

function rate(minutes: number): string {
  return `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`;
}
