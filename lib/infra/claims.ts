import { Stack } from 'aws-cdk-lib';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct, type IConstruct } from 'constructs';

/** Names that constructs of an app have taken, by account and region, with the path of the construct that took it. */
const TAKEN = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Refuses a name that another construct of the same app has in the same account and region. AWS would refuse it too,
 * in the middle of a deployment. Stacks that do not know their place count as being in the same one, because one
 * deployment of both would put them there.
 */
export function claimName(claimant: IConstruct, name: string, what = 'An alarm'): void {
  const taken = TAKEN.get(claimant.node.root) ?? new Map<string, string>();
  TAKEN.set(claimant.node.root, taken);
  const { account, region } = Stack.of(claimant);
  const key = JSON.stringify([account, region, name]);
  const first = taken.get(key);
  if (first !== undefined) {
    throw new Error(
      `${what} named "${name}" is at ${first} already, so ${claimant.node.path} cannot have it in the same account and region. Give one of the two another \`environment\`, or its stack another \`env\`.`,
    );
  }
  taken.set(key, claimant.node.path);
}

/** What an {@link EnvironmentClaim} is made from. */
export interface EnvironmentClaimProps {
  /** The environment, or the name that its replica has in alarms and metrics. */
  readonly environment: string;
}

/**
 * Takes the environment's name in its account and region, so that a second stack with the same name is refused, in the
 * same app when it is synthesized, in another one when it is deployed. Without it, two stacks without alarms would write
 * into each other's metrics. The resource is an empty schedule group, which costs nothing and whose name is unique in an
 * account and region (Amazon EventBridge Scheduler API Reference, CreateScheduleGroup, ConflictException).
 */
export class EnvironmentClaim extends Construct {
  constructor(scope: Construct, id: string, props: EnvironmentClaimProps) {
    super(scope, id);
    const name = `lifeboat-${props.environment}`;
    claimName(scope, name, 'A Lifeboat environment');
    new CfnScheduleGroup(this, 'Group', { name });
  }
}
