import { setTimeout as delay } from 'node:timers/promises';
import { replicaEnvironment, stackName } from '../../contract/stack-names.ts';
import { messageOf } from '../../engine/ground/errors.ts';
import type { Deployment, StackFacts, Unasked } from '../../engine/runbook/deployment.ts';

/** What was told of both stacks. Undefined: there is no such stack, or it was not asked. */
export interface AskedStacks {
  readonly stack: StackFacts | Unasked | undefined;
  readonly replicaStack: StackFacts | Unasked | undefined;
}
/** At three in the morning a network that swallows packets must not keep anybody from the page. */
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** Asks CloudFormation for the stacks of a deployment. */
export async function askStacks(deployment: Deployment, signal: AbortSignal): Promise<AskedStacks> {
  const { environment, region, replica } = deployment;
  const [{ CloudFormationClient }, { readStack }] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('../../engine/runbook/read-stack.ts'),
  ]);
  const ask = async (stack: string, of: string | undefined) => {
    const client = new CloudFormationClient({
      maxAttempts: 2,
      requestHandler: TIMEOUTS,
      ...(of !== undefined && { region: of }),
    });
    try {
      const fault = await faultOfCredentials(client.config.credentials);
      if (fault !== undefined) return { why: fault, remedy: SIGN_IN };
      return await readStack(client, stack, { signal });
    } finally {
      client.destroy();
    }
  };
  const [stack, replicaStack] = await Promise.all([
    ask(stackName(environment), region),
    // Another account has other credentials.
    replica && replica.account === deployment.account
      ? ask(stackName(replicaEnvironment(environment)), replica.region)
      : undefined,
  ]);
  return { stack, replicaStack };
}

/** A machine that is no instance of EC2 waits up to 20 seconds for the answer that it has no role there. */
const LONGEST_LOOK_MS = 6000;
const SIGN_IN = '`export AWS_PROFILE=<profile>`, or sign in, and write the runbook again.';

/** Why there are no credentials, in a clause: undefined if there are. */
async function faultOfCredentials(credentials: () => Promise<unknown>): Promise<string | undefined> {
  const enough = new AbortController();
  const none = 'there are no credentials for AWS here';
  const found = credentials().then(
    () => undefined,
    // An expired session says what to run.
    (error: unknown) => `${none} (${messageOf(error).replace(/\.*$/, '')})`,
  );
  const late = delay(LONGEST_LOOK_MS, none, { signal: enough.signal }).catch(() => none);
  try {
    return await Promise.race([found, late]);
  } finally {
    enough.abort();
  }
}
