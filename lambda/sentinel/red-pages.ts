import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { PAGE_NOW } from '../../lib/contract/alarm-texts.ts';
import { cloudWatchFailure } from '../../lib/engine/ground/cloudwatch-failure.ts';
import { cloudWatch } from '../shared/metrics.ts';

/** The page-now alarms of the environment that are red: then not all is well. */
export async function redPages(environment: string, abortSignal: AbortSignal): Promise<string[]> {
  const { CompositeAlarms = [] } = await cloudWatch
    .send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: `lifeboat-${environment}-`,
        AlarmTypes: ['CompositeAlarm'],
      }),
      { abortSignal },
    )
    .catch((error: unknown) => {
      abortSignal.throwIfAborted();
      throw cloudWatchFailure(error, 'asked which page-now is red');
    });
  return CompositeAlarms.flatMap(({ AlarmName = '', StateValue }) =>
    StateValue === 'ALARM' && AlarmName.endsWith(PAGE_NOW) ? [AlarmName] : [],
  );
}
