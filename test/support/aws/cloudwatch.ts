import * as v from 'valibot';
import { AwsError } from './aws-error.ts';

const name = v.pipe(v.string(), v.nonEmpty());
const dimensions = v.array(v.strictObject({ Name: v.string(), Value: v.string() }));
/** What CloudWatch would take; anything else is a bug of ours that it would refuse. */
const putRequest = v.strictObject({
  Namespace: name,
  MetricData: v.pipe(
    v.array(
      v.strictObject({
        MetricName: name,
        Dimensions: dimensions,
        Timestamp: v.number(),
        Value: v.number(),
        Unit: v.picklist(['Seconds', 'Milliseconds', 'Bytes', 'Count', 'Percent', 'None']),
      }),
    ),
    v.minLength(1),
    v.maxLength(1000),
  ),
});
const getRequest = v.strictObject({
  StartTime: v.number(),
  EndTime: v.number(),
  MetricDataQueries: v.array(
    v.strictObject({
      Id: v.pipe(v.string(), v.regex(/^[a-z][a-zA-Z0-9_]*$/)),
      MetricStat: v.strictObject({
        Metric: v.strictObject({ Namespace: v.string(), MetricName: v.string(), Dimensions: dimensions }),
        Period: v.pipe(v.number(), v.integer(), v.multipleOf(60)),
        Stat: v.picklist(['Sum', 'Maximum']),
      }),
    }),
  ),
});

const listRequest = v.strictObject({
  Namespace: v.string(),
  MetricName: v.string(),
  RecentlyActive: v.optional(v.literal('PT3H')),
  Dimensions: v.optional(v.array(v.strictObject({ Name: v.string(), Value: v.optional(v.string()) }))),
});
const alarmTypes = v.array(v.picklist(['MetricAlarm', 'CompositeAlarm']));
/** One of the two, never both (Amazon CloudWatch API Reference, DescribeAlarms). */
const describeRequest = v.union([
  v.strictObject({ AlarmNamePrefix: v.string(), AlarmTypes: alarmTypes }),
  v.strictObject({ AlarmNames: v.pipe(v.array(name), v.maxLength(100)), AlarmTypes: alarmTypes }),
]);
const setRequest = v.strictObject({
  AlarmName: name,
  StateValue: v.picklist(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  StateReason: v.string(),
});

/** An alarm as DescribeAlarms shows it, as far as anybody here looks. */
export interface AlarmState {
  readonly AlarmName: string;
  readonly StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly StateReason?: string;
  readonly AlarmDescription?: string;
  readonly TreatMissingData?: string;
  readonly ActionsEnabled?: boolean;
  /** Of a composite alarm alone. */
  readonly AlarmRule?: string;
  /** Seconds since 1970. */
  readonly StateUpdatedTimestamp?: number;
}

/** One value that was put. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly at: Date;
  readonly dimensions: Readonly<Record<string, string>>;
}

const FIFTEEN_DAYS = 15 * 86_400;
const SIXTY_THREE_DAYS = 63 * 86_400;

/** Keeps what is put, and gathers it by periods for whoever gets it. */
export class CloudWatch {
  readonly data: Datum[] = [];
  /** What DescribeAlarms knows of. */
  alarms: readonly AlarmState[] = [];
  /** How often DescribeAlarms is asked before an alarm that was set is evaluated again. */
  looksUntilGreen = 3;
  #looksUntilGreen = 0;
  #takenTo = 0;

  put(body: unknown): void {
    for (const datum of read(putRequest, body).MetricData) {
      this.data.push({
        namespace: read(putRequest, body).Namespace,
        name: datum.MetricName,
        unit: datum.Unit,
        value: datum.Value,
        at: new Date(datum.Timestamp * 1000),
        dimensions: Object.fromEntries(datum.Dimensions.map(({ Name, Value }) => [Name, Value])),
      });
    }
  }

  get(body: unknown): object {
    const { StartTime, EndTime, MetricDataQueries } = read(getRequest, body);
    return {
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric, Period, Stat } }) => {
        refuseFinePeriod(StartTime, Period);
        const wanted = JSON.stringify(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]).sort());
        const values = new Map<number, number>();
        for (const { namespace, name, dimensions, at, value } of this.data) {
          const isOfMetric = namespace === Metric.Namespace && name === Metric.MetricName;
          if (!isOfMetric || JSON.stringify(Object.entries(dimensions).sort()) !== wanted) continue;
          const seconds = at.getTime() / 1000;
          if (seconds < StartTime || seconds >= EndTime) continue;
          const period = Math.floor(seconds / Period) * Period;
          const before = values.get(period);
          values.set(period, Stat === 'Maximum' ? Math.max(before ?? value, value) : (before ?? 0) + value);
        }
        const newestFirst = [...values].sort(([a], [b]) => b - a);
        return {
          Id,
          Timestamps: newestFirst.map(([period]) => period),
          Values: newestFirst.map(([, value]) => value),
          StatusCode: 'Complete',
        };
      }),
    };
  }

  /** Each series once that has data; of the last three hours only, where that is asked. */
  list(body: unknown): object {
    const { Namespace, MetricName, RecentlyActive, Dimensions = [] } = read(listRequest, body);
    const since = RecentlyActive === undefined ? 0 : Date.now() - 3 * 3_600_000;
    const found = this.data.filter(
      ({ namespace, name, at, dimensions }) =>
        namespace === Namespace &&
        name === MetricName &&
        at.getTime() >= since &&
        Dimensions.every(({ Name, Value }) =>
          Value === undefined ? Name in dimensions : dimensions[Name] === Value,
        ),
    );
    const series = new Map(found.map(({ dimensions }) => [JSON.stringify(dimensions), dimensions]));
    return {
      Metrics: [...series.values()].map((dimensions) => ({
        Namespace,
        MetricName,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      })),
    };
  }

  describeAlarms(body: unknown): object {
    const request = read(describeRequest, body);
    if (this.#looksUntilGreen > 0) {
      this.#looksUntilGreen -= 1;
      if (this.#looksUntilGreen === 0) this.#change(() => true, 'OK');
    }
    const wanted = this.alarms.filter(({ AlarmName }) =>
      'AlarmNames' in request
        ? request.AlarmNames.includes(AlarmName)
        : AlarmName.startsWith(request.AlarmNamePrefix),
    );
    return {
      MetricAlarms: wanted.filter(({ AlarmRule }) => AlarmRule === undefined),
      CompositeAlarms: wanted.filter(({ AlarmRule }) => AlarmRule !== undefined),
    };
  }

  /** A composite alarm follows its children, and never its own being set; a metric one is evaluated again before long. */
  setAlarmState(body: unknown): object {
    const { AlarmName, StateValue } = read(setRequest, body);
    if (!this.alarms.some((alarm) => alarm.AlarmName === AlarmName))
      throw new AwsError(404, 'ResourceNotFound', `no alarm ${AlarmName}`);
    this.#change((alarm) => alarm.AlarmName === AlarmName, StateValue);
    this.#change(({ AlarmRule }) => AlarmRule?.includes(`:alarm:${AlarmName}"`) ?? false, StateValue);
    this.#looksUntilGreen = this.looksUntilGreen;
    return {};
  }

  #change(isMeant: (alarm: AlarmState) => boolean, StateValue: AlarmState['StateValue']): void {
    const StateUpdatedTimestamp = Date.now() / 1000;
    this.alarms = this.alarms.map((alarm) =>
      isMeant(alarm) && alarm.StateValue !== StateValue
        ? { ...alarm, StateValue, StateUpdatedTimestamp }
        : alarm,
    );
  }

  /** Takes what was put since the last time: `{ app: { BackupAgeSeconds: 3 } }`, by source. Throws when one came twice. */
  take(): Record<string, Record<string, number>> {
    const taken: Record<string, Record<string, number>> = {};
    for (const { dimensions, name, value } of this.data.slice(this.#takenTo)) {
      const source = dimensions.Source ?? '';
      if (name in (taken[source] ?? {})) throw new Error(`${name} was put twice`);
      taken[source] = { ...taken[source], [name]: value };
    }
    this.#takenTo = this.data.length;
    return taken;
  }

  /** Makes everything that was put so far older. */
  age(milliseconds: number): void {
    for (const [index, datum] of this.data.entries()) {
      this.data[index] = { ...datum, at: new Date(datum.at.getTime() - milliseconds) };
    }
  }
}

/** Fine periods are not kept for long (Amazon CloudWatch API Reference, GetMetricData, MetricStat). */
function refuseFinePeriod(startTime: number, period: number): void {
  const age = Date.now() / 1000 - startTime;
  const least = age > SIXTY_THREE_DAYS ? 3600 : age > FIFTEEN_DAYS ? 300 : 60;
  if (period % least !== 0)
    throw new AwsError(400, 'ValidationError', `the period has to be a multiple of ${least}`);
}

function read<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  const found = v.safeParse(schema, body);
  if (found.success) return found.output;
  throw new AwsError(400, 'ValidationError', v.summarize(found.issues));
}
