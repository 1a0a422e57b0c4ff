import {
  functionCostUsd,
  LIST_PRICES,
  STORAGE_GB,
  standardGbMonth,
  taskCostUsd,
} from '../../contract/list-prices.ts';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { keptCopies } from './kept-copies.ts';
import { backupsAMonth, DAYS_A_MONTH, type Workload } from './workload.ts';

export const COST_PARTS = [
  'storage',
  'requests',
  'runs',
  'scrubs',
  'watching',
  'health',
  'changes',
  'keys',
] as const;
export type CostPart = (typeof COST_PARTS)[number];

/** One part of a month's bill of AWS. */
export interface CostLine {
  readonly part: CostPart;
  /** US dollars a month. */
  readonly usd: number;
  /** What is counted, for people: `16 copies in S3 Standard, 12 in Glacier Instant Retrieval`. */
  readonly what: string;
}

/** Of a function that makes backups or drills, unless its size says otherwise. */
const FUNCTION_MB = 2048;
const LONGEST_FUNCTION_SECONDS = 15 * 60;
/** The task that a source gets without `taskSize`. */
const TASK = { vcpu: 2, memoryGb: 4 };
const PUT_SECONDS_OF_LOOK = 0.5;
const MINUTES_A_MONTH = DAYS_A_MONTH * 24 * 60;
const WATCHED_EVERY_MINUTES = 5;

/** What a source costs in AWS in a month, once a year of its backups is there. List prices, before any free tier. */
export function monthOfSource(load: Workload): CostLine[] {
  return [
    storage(load),
    requests(load),
    runs(load),
    ...(load.scrubsAMonth > 0 ? [scrubs(load)] : []),
    watching(load),
    ...(load.healthEveryMinutes === undefined ? [] : [health(load.healthEveryMinutes)]),
    ...(load.captureEveryMinutes === undefined ? [] : [changes(load.captureEveryMinutes)]),
  ];
}

/** What an environment costs whatever its sources hold: keys, dashboard, and what watches the watchers. */
export function monthOfEnvironment({
  notifies,
  dashboard,
}: {
  notifies: boolean;
  dashboard: boolean;
}): CostLine[] {
  const { kmsKeyMonth, alarmMonth, compositeAlarmMonth, dashboardMonth, secretMonth } = LIST_PRICES;
  const own = 5 * alarmMonth + compositeAlarmMonth + 0.25;
  const messages = notifies ? 4 * alarmMonth + secretMonth + 0.1 : 0;
  return [
    { part: 'keys', usd: 2 * kmsKeyMonth, what: 'two KMS keys, of the vault and of the alert topic' },
    {
      part: 'watching',
      usd: own + messages + (dashboard ? dashboardMonth : 0),
      what: [
        'alarms and runs of the sentinel and the keeper',
        ...(dashboard ? ['the dashboard'] : []),
        ...(notifies ? ['messages in words'] : []),
      ].join(', '),
    },
  ];
}

function storage(load: Workload): CostLine {
  const { standard, colder } = keptCopies(load);
  const price = standardGbMonth(load.region);
  const gb = load.storedBytes / STORAGE_GB;
  return {
    part: 'storage',
    usd: gb * (standard * price.dollars + colder * LIST_PRICES.s3GlacierIrGbMonth),
    what: `${Math.round(standard)} copies in S3 Standard${colder >= 0.5 ? ` and ${Math.round(colder)} in Glacier Instant Retrieval` : ''}`,
  };
}

function requests(load: Workload): CostLine {
  const backups = backupsAMonth(load);
  const colderAMonth =
    RETENTION_CLASSES.filter((name) => load.keeping.classes[name].colderAfterDays !== undefined).reduce(
      (sum, name) => sum + load.backupsAYear[name],
      0,
    ) / 12;
  const { s3PutsPer1000, s3GetsPer1000, s3TransitionsPer1000 } = LIST_PRICES;
  // Each object is written once and marked once when it may expire.
  const thousands = load.objects / 1000;
  return {
    part: 'requests',
    usd:
      backups * thousands * 2 * s3PutsPer1000 +
      load.drillsAMonth * thousands * s3GetsPer1000 +
      colderAMonth * thousands * s3TransitionsPer1000,
    what: `${Math.round(backups)} backups of ${load.objects} objects, written and marked`,
  };
}

function runs(load: Workload): CostLine {
  const { backupSeconds, drillSeconds, drillsAMonth, compute } = load;
  const isByTask = (seconds: number) => compute === 'auto' && seconds > LONGEST_FUNCTION_SECONDS;
  const cost = (seconds: number, byTask: boolean) =>
    byTask
      ? taskCostUsd(TASK.vcpu, TASK.memoryGb, seconds)
      : functionCostUsd(FUNCTION_MB, Math.min(seconds, LONGEST_FUNCTION_SECONDS));
  const byTask = compute === 'task' || isByTask(backupSeconds);
  const backup = cost(backupSeconds, byTask);
  // What outgrows a function is drilled in a task, or elsewhere, at no cost of AWS: the dearer reading.
  const drill = cost(drillSeconds, isByTask(drillSeconds));
  const backups = backupsAMonth(load);
  return {
    part: 'runs',
    usd: backups * backup + drillsAMonth * drill,
    what: `${Math.round(backups)} backups of ${minutes(backupSeconds)} ${byTask ? 'in a task' : 'in a function'}, ${times(drillsAMonth)} drills of ${minutes(drillSeconds)}${isByTask(drillSeconds) ? ' in a task' : ''}`,
  };
}

function scrubs(load: Workload): CostLine {
  const { standard, colder } = keptCopies(load);
  const gb = load.storedBytes / STORAGE_GB;
  const { s3GlacierIrRetrievalGb, s3GetsPer1000, s3GlacierIrGetsPer1000 } = LIST_PRICES;
  const once =
    colder * gb * s3GlacierIrRetrievalGb +
    ((standard * s3GetsPer1000 + colder * s3GlacierIrGetsPer1000) * load.objects) / 1000 +
    functionCostUsd(1769, ((standard + colder) * load.storedBytes) / 50e6);
  return {
    part: 'scrubs',
    usd: load.scrubsAMonth * once + 3 * LIST_PRICES.alarmMonth + LIST_PRICES.metricMonth,
    what: `every stored copy read again ${load.scrubsAMonth === 1 ? 'once' : `${times(load.scrubsAMonth)} times`} a month, the colder ones retrieved`,
  };
}

function watching(_load: Workload): CostLine {
  const { metricMonth, alarmMonth, compositeAlarmMonth, secretMonth } = LIST_PRICES;
  return {
    part: 'watching',
    usd: 10 * metricMonth + 13 * alarmMonth + compositeAlarmMonth + secretMonth + 0.65,
    what: `ten metrics every ${WATCHED_EVERY_MINUTES} minutes, thirteen alarms and the one to page on, the secret`,
  };
}

function health(everyMinutes: number): CostLine {
  const looks = MINUTES_A_MONTH / everyMinutes;
  return {
    part: 'health',
    usd: 21 * LIST_PRICES.metricMonth + 4 * LIST_PRICES.alarmMonth + looks * look(256, 1),
    what: `21 metrics every ${everyMinutes} minutes, four alarms`,
  };
}

function changes(everyMinutes: number): CostLine {
  const captures = MINUTES_A_MONTH / everyMinutes;
  // A capture that brings something writes a lease and an entry; the watchdog looks every minute.
  const puts = (captures * 2 * LIST_PRICES.s3PutsPer1000) / 1000;
  return {
    part: 'changes',
    usd:
      7 * LIST_PRICES.metricMonth +
      9 * LIST_PRICES.alarmMonth +
      captures * look(512, 1) +
      MINUTES_A_MONTH * look(256, PUT_SECONDS_OF_LOOK) +
      puts,
    what: `captures every ${everyMinutes} minutes, the watchdog of the slot every minute, nine alarms`,
  };
}

/** A short run of a function that publishes metrics. */
function look(memoryMb: number, seconds: number): number {
  const { lambdaGbSecond, lambdaRequestsPer1000, metricRequestsPer1000 } = LIST_PRICES;
  return (
    (memoryMb / 1024) * seconds * lambdaGbSecond + (lambdaRequestsPer1000 + metricRequestsPer1000) / 1000
  );
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

function times(aMonth: number): string {
  return aMonth >= 10 ? String(Math.round(aMonth)) : String(Math.round(aMonth * 10) / 10);
}
