import { type CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { quoteShell } from '../../ground/shell.ts';
import { type Finding, Findings } from '../finding.ts';

/** Alarms and composite ones whose names begin with `prefix`, as far as both kinds have the same fields. */
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

/** What the alarms say, and whether they would be heard. */
export function alarmFindings(alarms: readonly MetricAlarm[]): Finding[] {
  const findings = new Findings('deployment', 'alarms');
  const raised = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  // Alarms on events have no data as long as nothing happens; those on ages always have.
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
    ...(quiet === 0 ? [] : [findings.ok(`${quiet} of ${alarms.length} alarms say that all is well.`)]),
    ...mutedFindings(alarms),
  ];
}

/** Somebody switched them off for an evening, and nobody is told any more. */
function mutedFindings(alarms: readonly MetricAlarm[]): Finding[] {
  const muted = alarms.flatMap(({ AlarmName, ActionsEnabled }) =>
    AlarmName !== undefined && ActionsEnabled === false ? [AlarmName] : [],
  );
  if (muted.length === 0) return [];
  return [
    new Findings('deployment', 'alarm-actions').problem(
      `${muted.join(', ')} ${muted.length === 1 ? 'is' : 'are'} switched off: nobody is told when something happens.`,
      `\`aws cloudwatch enable-alarm-actions --alarm-names ${muted.map(quoteShell).join(' ')}\``,
    ),
  ];
}

/** An alarm's own description says what it means, and ends with the page that says what to do. */
function says({ AlarmDescription }: MetricAlarm): string {
  return AlarmDescription ?? 'docs/runbook.md says what to do.';
}
