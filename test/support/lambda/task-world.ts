import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import type { World } from '../../integration/lambda/world.ts';
import type { SynthesizedTask } from './synthesized-task.ts';
import { startTask, type TaskProcess } from './task-process.ts';

/** What is not as the template has it. */
export interface TaskChanges {
  readonly memoryMb?: number;
  readonly vcpus?: number;
  readonly containers?: SynthesizedTask['containers'];
}

/** Runs the tasks of a world whose functions have started them. */
export interface TaskWorld {
  readonly task: SynthesizedTask;
  /** As ECS would start it, under the permissions of its role. */
  start(variables: Readonly<Record<string, string>>, changes?: TaskChanges): TaskProcess;
  close(): Promise<void>;
}

/** Puts the bundle where CDK would, and serves the credentials of the task's role as ECS does. */
export async function startTaskWorld(world: World): Promise<TaskWorld> {
  const { task } = world.stack;
  if (!task) throw new Error('the source has no task');
  const { file, bucket, key } = task.bundle;
  const { endpoint, region, credentials } = world.s3;
  world.openVault();
  const store = openS3Store({ bucket: world.stack.bucket, prefix: '', endpoint, region, credentials });
  await store.put(key, readFileSync(file));
  world.s3.replicate(key, bucket);
  world.s3.remove(key);
  await store.close();

  const agent = createServer((_, response) => {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = credentials;
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration }));
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const isSecret = (name: string) => /KEY|TOKEN/.test(name);
  const ofS3 = Object.entries(world.s3.environment()).filter(([name]) => !isSecret(name));
  const ofAws = {
    ...Object.fromEntries(ofS3),
    ...world.aws.environment(),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(agent.address() as AddressInfo).port}/role`,
  };
  const running: TaskProcess[] = [];
  return {
    task,
    start(variables, { containers = task.containers, ...resources } = {}) {
      world.guard.statements = task.statements;
      world.guard.principal = task.principal;
      world.s3.writeOnce = true;
      const one = startTask({ ...task, containers }, { ...ofAws, ...variables }, resources);
      running.push(one);
      return one;
    },
    async close() {
      await Promise.all(running.map((one) => one.remove()));
      agent.closeAllConnections();
      agent.close();
    },
  };
}
