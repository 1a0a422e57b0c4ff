import { App, Tags } from 'aws-cdk-lib';
import { InvalidEnvironmentsError, readEnvironments } from '../lib/infra/environment/read-environments.ts';
import { LifeboatStack } from '../lib/infra/lifeboat-stack.ts';
import { environments } from './environments.ts';

/** The CDK app: one stack for each environment of environments.ts, or the one that `-c env=` names. */
function synthesize(): void {
  const app = new App();
  const asked: unknown = app.node.tryGetContext('env');
  for (const { name, settings } of readEnvironments(
    environments,
    typeof asked === 'string' ? asked : undefined,
    new Date(),
  )) {
    const { account, region } = settings;
    const stack = new LifeboatStack(app, `lifeboat-${name}`, {
      environment: name,
      settings,
      ...((account !== undefined || region !== undefined) && {
        env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
      }),
    });
    for (const [key, value] of Object.entries({ environment: name, ...settings.tags })) {
      Tags.of(stack).add(key, value);
    }
  }
  app.synth();
}

try {
  synthesize();
} catch (error) {
  // A wrong setting is reported as one sentence with its path. The stack of our code would not help.
  if (!(error instanceof InvalidEnvironmentsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
