import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import type { SourceSettings } from '../../../lib/infra/environment/environment-settings.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { type FunctionProcess, startFunction } from '../../support/lambda/function-process.ts';
import type { Resources } from '../../support/lambda/resource-limit.ts';
import { RoleGuard } from '../../support/lambda/role-guard.ts';
import type { InvocationOutcome } from '../../support/lambda/runtime-api.ts';
import { type SynthesizedStack, synthesizeFunctions } from '../../support/lambda/synthesized-functions.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

export type FunctionName = keyof SynthesizedStack['functions'];

/** A deployed stack, nearly: its functions as they were bundled, and servers for all that they talk to. */
export interface World {
  readonly stack: SynthesizedStack;
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly aws: AwsServer;
  readonly guard: RoleGuard;
  /** Invokes a function, starting its process where there is none, under the permissions of its role. */
  invoke(name: FunctionName, event: unknown, deadlineMs?: number): Promise<InvocationOutcome>;
  /** As {@link invoke}, for an invocation that has to succeed. */
  call<Answer = Record<string, unknown>>(name: FunctionName, event: unknown): Promise<Answer>;
  /** As {@link invoke}, for an invocation that has to fail: its message. */
  callFailing(name: FunctionName, event: unknown, deadlineMs?: number): Promise<string>;
  process(name: FunctionName): FunctionProcess | undefined;
  /** Ends the function's process: the next invocation is a cold start. */
  stop(name: FunctionName): Promise<void>;
  /** The vault, for a test that does to it what no function may. */
  openVault(): ObjectStore;
  /** The bucket of the results of health, likewise. */
  openResults(): ObjectStore;
  close(): Promise<void>;
}

/** With resources in place of what the stack gives a function, more settings of the source, and of its server. */
export async function startWorld(
  isSandboxed: boolean,
  resources: Partial<Record<FunctionName, Resources>> = {},
  settings: Partial<SourceSettings> = {},
  server: Readonly<Record<string, string>> = {},
): Promise<World> {
  const stack = synthesizeFunctions(settings);
  const postgres = await startPostgres({ major: 18, settings: server });
  // As those of a role.
  const credentials = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret', sessionToken: 'session' };
  const s3 = await startS3Server({
    objectLock: true,
    bucket: stack.bucket,
    moreBuckets: [stack.resultsBucket],
    writeOnce: true,
    credentials,
  });
  const { endpoint, region } = s3;
  const aws = await startAwsServer();
  const guard = new RoleGuard(s3);
  aws.allows = (access) => guard.allows(access);
  const processes = new Map<FunctionName, FunctionProcess>();

  async function invoke(name: FunctionName, event: unknown, deadlineMs?: number): Promise<InvocationOutcome> {
    const { asset, handler, variables, statements, principal, memoryMb } = stack.functions[name];
    const process =
      processes.get(name) ??
      (await startFunction({
        ...{ asset, handler, isSandboxed, memoryMb, ...resources[name] },
        variables: { ...variables, ...s3.environment(), ...aws.environment() },
      }));
    processes.set(name, process);
    guard.statements = statements;
    guard.principal = principal;
    s3.writeOnce = true;
    return process.invoke(event, deadlineMs);
  }

  function openFreely(bucket: string): ObjectStore {
    guard.statements = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    s3.writeOnce = false;
    return openS3Store({ bucket, prefix: '', endpoint, region, credentials });
  }

  return {
    ...{ stack, postgres, s3, aws, guard, invoke },
    async call<Answer>(name: FunctionName, event: unknown) {
      const outcome = await invoke(name, event);
      if (outcome.ok) return outcome.payload as Answer;
      throw new Error(`${outcome.error.errorMessage}\n${processes.get(name)?.log().slice(-4000)}`);
    },
    async callFailing(name, event, deadlineMs) {
      const outcome = await invoke(name, event, deadlineMs);
      if (outcome.ok) throw new Error(`${name} should have failed: ${JSON.stringify(outcome.payload)}`);
      return outcome.error.errorMessage ?? '';
    },
    process: (name) => processes.get(name),
    async stop(name) {
      await processes.get(name)?.stop();
      processes.delete(name);
    },
    openVault: () => openFreely(stack.bucket),
    openResults: () => openFreely(stack.resultsBucket),
    async close() {
      await Promise.all([...processes.values()].map((process) => process.stop()));
      await Promise.all([postgres.stop(), s3.stop(), aws.stop()]);
      stack.remove();
    },
  };
}
