import { type CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { quoteShell } from '../../ground/shell.ts';
import { type Finding, Findings } from '../finding.ts';

/** Metric and composite alarms whose names begin with `prefix`, with the fields that both kinds have. */
export async function alarmsNamed(
  client: CloudWatchClient,
  prefix: string,
  signal: AbortSignal,
): Promise<MetricAlarm[]> {
  const alarms: MetricAlarm[] = [];
  const pages = paginateDescribeAlarms(
    { client },
    { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
    { abortSignal: signal },
  );
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages)
    alarms.push(...MetricAlarms, ...CompositeAlarms);
  return alarms;
}

/** Reports the states of the alarms, and whether their actions are enabled. */
export function alarmFindings(alarms: readonly MetricAlarm[]): Finding[] {
  const findings = new Findings('deployment', 'alarms');
  const raised = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  // Alarms on events have no data as long as nothing happens; alarms on ages always have data.
  const silent = alarms.filter(
    ({ StateValue, TreatMissingData }) =>
      StateValue === 'INSUFFICIENT_DATA' && TreatMissingData === 'missing',
  );
  const quiet = alarms.length - raised.length - silent.length;
  return [
    ...raised.map((alarm) =>
      findings.problem(`${alarm.AlarmName} is in alarm: ${alarm.StateReason}`, says(alarm)),
    ),
    ...silent.map((alarm) => findings.warning(`${alarm.AlarmName} has no data.`, says(alarm))),
    ...(quiet === 0 ? [] : [findings.ok(`${quiet} of ${alarms.length} alarms report no problem.`)]),
    ...mutedFindings(alarms),
  ];
}

/** Reports alarms whose actions somebody disabled, perhaps for an evening only. */
function mutedFindings(alarms: readonly MetricAlarm[]): Finding[] {
  const muted = alarms.flatMap(({ AlarmName, ActionsEnabled }) =>
    AlarmName !== undefined && ActionsEnabled === false ? [AlarmName] : [],
  );
  if (muted.length === 0) return [];
  return [
    new Findings('deployment', 'alarm-actions').problem(
      `The actions of ${muted.join(', ')} are disabled: nobody is told when something happens.`,
      `Run \`aws cloudwatch enable-alarm-actions --alarm-names ${muted.map(quoteShell).join(' ')}\``,
    ),
  ];
}

/** The alarm's own description: it says what the alarm means, and ends with the page that says what to do. */
function says({ AlarmDescription }: MetricAlarm): string {
  return AlarmDescription ?? 'docs/runbook.md says what to do.';
}
