import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { messageOf } from '../errors.ts';
import { type Finding, Findings } from './finding.ts';

export interface DeploymentFindingsRequest {
  /** Only alarms of this environment; of all unless given. */
  readonly environment: string | undefined;
  readonly signal: AbortSignal;
}

/** How long AWS may take to answer a question that is asked besides. */
const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

/** The alarms of what is deployed, by the names that the stack gives them. Skipped where AWS cannot be asked. */
export async function deploymentFindings(request: DeploymentFindingsRequest): Promise<Finding[]> {
  const findings = new Findings('deployment', 'alarms');
  const prefix = request.environment === undefined ? 'lifeboat-' : `lifeboat-${request.environment}-`;
  let alarms: MetricAlarm[];
  try {
    alarms = await alarmsNamed(prefix, request.signal);
  } catch (error) {
    request.signal.throwIfAborted();
    return [findings.skipped(`Alarms were not looked at: ${messageOf(error).replace(/\.*$/, '')}.`, REMEDY)];
  }
  if (alarms.length === 0) {
    return [findings.skipped(`There is no alarm called ${prefix}… in this account and region.`, REMEDY)];
  }
  const raised = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  const silent = alarms.filter(({ StateValue }) => StateValue === 'INSUFFICIENT_DATA');
  return [
    ...raised.map((alarm) =>
      findings.problem(`${alarm.AlarmName} is in alarm: ${alarm.StateReason}`, says(alarm)),
    ),
    // Alarms on events have no data as long as nothing happens; those on ages always have.
    ...silent
      .filter(({ TreatMissingData }) => TreatMissingData === 'missing')
      .map((alarm) => findings.warning(`${alarm.AlarmName} has no data.`, says(alarm))),
    ...(raised.length + silent.length === alarms.length
      ? []
      : [
          findings.ok(
            `${alarms.length - raised.length - silent.length} of ${alarms.length} alarms say that all is well.`,
          ),
        ]),
  ];
}

const REMEDY =
  'Where a stack is deployed, set AWS_PROFILE and AWS_REGION to its account and region, and allow cloudwatch:DescribeAlarms.';

async function alarmsNamed(prefix: string, signal: AbortSignal): Promise<MetricAlarm[]> {
  const client = new CloudWatchClient({
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  try {
    const alarms: MetricAlarm[] = [];
    const pages = paginateDescribeAlarms(
      { client },
      { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
      { abortSignal: signal },
    );
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages)
      alarms.push(...MetricAlarms, ...CompositeAlarms);
    return alarms;
  } finally {
    client.destroy();
  }
}

/** An alarm's own description says what it means, and ends with the page that says what to do. */
function says({ AlarmDescription }: MetricAlarm): string {
  return AlarmDescription ?? 'docs/runbook.md says what to do.';
}
