import type { App } from 'aws-cdk-lib';
import type { Environments } from './environment/environments.ts';
import { readEnvironments } from './environment/read-environments.ts';
import { makeStacks } from './make-stacks.ts';
import type { PostgresBackup } from './postgres-backup.ts';
import type { Replica } from './replica/replica.ts';

/** What was made for an environment. `Stack.of(backup)` is its stack. */
export interface AddedEnvironment {
  /** The environment's name. */
  readonly environment: string;

  /** The backups, in the stack `lifeboat-<environment>`. */
  readonly backup: PostgresBackup;

  /** The second place, in the stack `lifeboat-<environment>-replica`. @default - the environment has no replica */
  readonly replica?: Replica;
}

/**
 * Adds the stacks of each environment to an app, or of the one that `-c env=` names. Throws an
 * `InvalidEnvironmentsError`, with a line for each setting that is wrong, before any stack is made.
 */
export function addStacks(app: App, environments: Environments): AddedEnvironment[] {
  const asked: unknown = app.node.tryGetContext('env');
  const chosen = typeof asked === 'string' ? asked : undefined;
  return readEnvironments(environments, chosen, new Date()).map(({ name, settings }) => {
    const { vault, replica } = makeStacks(app, name, settings);
    return { environment: name, backup: vault.backup, ...(replica && { replica: replica.replica }) };
  });
}
