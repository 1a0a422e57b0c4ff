import { App } from 'aws-cdk-lib';
import { InvalidEnvironmentsError, readEnvironments } from '../lib/infra/environment/read-environments.ts';
import { makeStacks } from '../lib/infra/make-stacks.ts';
import { environments } from './environments.ts';

/** The CDK app: the stacks of each environment of environments.ts, or of the one that `-c env=` names. */
function synthesize(): void {
  const app = new App();
  const asked: unknown = app.node.tryGetContext('env');
  for (const { name, settings } of readEnvironments(
    environments,
    typeof asked === 'string' ? asked : undefined,
    new Date(),
  )) {
    makeStacks(app, name, settings);
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
