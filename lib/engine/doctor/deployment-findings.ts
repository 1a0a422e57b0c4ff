import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { cloudWatchProblem } from '../ground/cloudwatch-failure.ts';
import { alarmFindings, alarmsNamed } from './deployment/alarms.ts';
import { publishedAgeFindings } from './deployment/published-ages.ts';
import { type Finding, Findings } from './finding.ts';

export interface DeploymentFindingsRequest {
  /** Only what belongs to this environment; to all unless given. */
  readonly environment: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** How long AWS may take to answer a question that is asked besides. */
const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

/** The health of what is deployed, as CloudWatch knows it by the names that the stack gives. Skipped where AWS cannot be asked. */
export async function deploymentFindings(request: DeploymentFindingsRequest): Promise<Finding[]> {
  const { environment, now, signal } = request;
  const client = new CloudWatchClient({
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  const orSkipped = async (check: string, subject: string, find: () => Promise<Finding[]>) => {
    try {
      return await find();
    } catch (error) {
      signal.throwIfAborted();
      const why = cloudWatchProblem(error);
      return [new Findings('deployment', check).skipped(`${subject} not looked at: ${why}.`, REMEDY)];
    }
  };
  const prefix = environment === undefined ? 'lifeboat-' : `lifeboat-${environment}-`;
  try {
    return await orSkipped('alarms', 'Alarms were', async () => {
      const alarms = await alarmsNamed(client, prefix, signal);
      if (alarms.length === 0) return [noStack(prefix)];
      const ages = await orSkipped('sentinel', 'What the sentinel publishes was', () =>
        publishedAgeFindings({ client, environment, now: now(), signal }),
      );
      return [...alarmFindings(alarms), ...ages];
    });
  } finally {
    client.destroy();
  }
}

const REMEDY =
  'Where a stack is deployed, `export AWS_PROFILE=<profile> AWS_REGION=<region>` to its account and region; it takes cloudwatch:DescribeAlarms, cloudwatch:ListMetrics and cloudwatch:GetMetricData.';

function noStack(prefix: string): Finding {
  return new Findings('deployment', 'alarms').skipped(
    `There is no alarm called ${prefix}… in this account and region.`,
    REMEDY,
  );
}
