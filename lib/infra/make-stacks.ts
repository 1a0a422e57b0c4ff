import { type App, type StackProps, Tags } from 'aws-cdk-lib';
import { replicaEnvironment, stackName } from '../contract/stack-names.ts';
import type { EnvironmentSettings } from './environment/environment-settings.ts';
import { LifeboatStack } from './lifeboat-stack.ts';
import { ReplicaStack } from './replica-stack.ts';

/** The stacks of an environment. */
export interface EnvironmentStacks {
  readonly vault: LifeboatStack;
  /** Undefined without a second place. */
  readonly replica: ReplicaStack | undefined;
}

/** Makes the stack of an environment, and the one of its replica, which is deployed first. */
export function makeStacks(app: App, environment: string, settings: EnvironmentSettings): EnvironmentStacks {
  const { account, region, replica } = settings;
  const vault = new LifeboatStack(app, stackName(environment), {
    environment,
    settings,
    ...placeOf(account, region),
  });
  const second =
    replica &&
    new ReplicaStack(app, stackName(replicaEnvironment(environment)), {
      environment,
      settings: { ...settings, replica },
      ...placeOf(replica.account ?? account, replica.region),
    });
  // Nothing can be replicated to a bucket that is not there.
  if (second) vault.addStackDependency(second);
  for (const stack of [vault, ...(second ? [second] : [])]) {
    for (const [key, value] of Object.entries({ environment, ...settings.tags })) {
      Tags.of(stack).add(key, value);
    }
  }
  return { vault, replica: second };
}

function placeOf(account: string | undefined, region: string | undefined): StackProps {
  if (account === undefined && region === undefined) return {};
  return { env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) } };
}
