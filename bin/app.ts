import { App } from 'aws-cdk-lib';
import { addStacks, InvalidEnvironmentsError } from '../lib/infra/index.ts';
import { environments } from './environments.ts';

/** The CDK app: the stacks of each environment of environments.ts, or of the one that `-c env=` names. */
try {
  const app = new App();
  addStacks(app, environments);
  app.synth();
} catch (error) {
  // A wrong setting is reported as one sentence with its path. The stack of our code would not help.
  if (!(error instanceof InvalidEnvironmentsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
