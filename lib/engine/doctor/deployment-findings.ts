import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { cloudWatchProblem } from '../ground/cloudwatch-failure.ts';
import { alarmFindings, alarmsNamed } from './deployment/alarms.ts';
import { publishedAgeFindings } from './deployment/published-ages.ts';
import { type Finding, Findings } from './finding.ts';

export interface DeploymentFindingsRequest {
  /** Only alarms and metrics of this environment. @default every environment */
  readonly environment: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Short timeouts: the deployment is only one of doctor's topics. */
const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Reads the health of the deployment from CloudWatch, by the names that the stack gives. Skipped if AWS
 * cannot be asked.
 */
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
      return [new Findings('deployment', check).skipped(`${subject} not checked: ${why}.`, REMEDY)];
    }
  };
  const prefix = environment === undefined ? 'lifeboat-' : `lifeboat-${environment}-`;
  try {
    return await orSkipped('alarms', 'The alarms were', async () => {
      const alarms = await alarmsNamed(client, prefix, signal);
      if (alarms.length === 0) return [noStack(prefix)];
      const ages = await orSkipped('sentinel', "The sentinel's metrics were", () =>
        publishedAgeFindings({ client, environment, now: now(), signal }),
      );
      return [...alarmFindings(alarms), ...ages];
    });
  } finally {
    client.destroy();
  }
}

const REMEDY =
  'If a stack is deployed, `export AWS_PROFILE=<profile> AWS_REGION=<region>` of its account and region. The check needs cloudwatch:DescribeAlarms, cloudwatch:ListMetrics and cloudwatch:GetMetricData.';

function noStack(prefix: string): Finding {
  return new Findings('deployment', 'alarms').skipped(
    `This account and region has no alarm called ${prefix}….`,
    REMEDY,
  );
}
