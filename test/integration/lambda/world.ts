import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../../lib/infra/environment/environment-settings.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { type FunctionProcess, startFunction } from '../../support/lambda/function-process.ts';
import type { Resources } from '../../support/lambda/resource-limit.ts';
import { RoleGuard } from '../../support/lambda/role-guard.ts';
import type { InvocationOutcome } from '../../support/lambda/runtime-api.ts';
import { type SynthesizedStack, synthesizeFunctions } from '../../support/lambda/synthesized-functions.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

export type FunctionName = keyof SynthesizedStack['functions'];
type Invocable = FunctionName | 'notify' | 'export' | 'status-page';

/** A deployed stack, nearly: its functions as they were bundled, and servers for all that they talk to. */
export interface World {
  readonly stack: SynthesizedStack;
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly aws: AwsServer;
  readonly guard: RoleGuard;
  /** Invokes a function, starting its process where there is none, under the permissions of its role. */
  invoke(name: Invocable, event: unknown, deadlineMs?: number): Promise<InvocationOutcome>;
  /** As {@link invoke}, for an invocation that has to succeed. */
  call<Answer = Record<string, unknown>>(name: Invocable, event: unknown): Promise<Answer>;
  /** As {@link invoke}, for an invocation that has to fail: its message. */
  callFailing(name: Invocable, event: unknown, deadlineMs?: number): Promise<string>;
  process(name: Invocable): FunctionProcess | undefined;
  /** Ends the function's process: the next invocation is a cold start. */
  stop(name: Invocable): Promise<void>;
  /** The vault, for a test that does to it what no function may. */
  openVault(): ObjectStore;
  /** The bucket of exports, likewise. */
  openExports(): ObjectStore;
  /** The bucket of the status page, likewise. */
  openPages(): ObjectStore;
  /** The bucket of the results of health, likewise. */
  openResults(): ObjectStore;
  close(): Promise<void>;
}

/** The notify function gathers messages for so long. A test waits for none. */
const QUICK = { LIFEBOAT_GATHER_SECONDS: '0' };

/** With resources in place of what the stack gives a function, more settings of the source, other notifications, settings of its server, and a status page. */
export async function startWorld(
  isSandboxed: boolean,
  resources: Partial<Record<Invocable, Resources>> = {},
  settings: Partial<SourceSettings> = {},
  notifications?: EnvironmentSettings['notifications'],
  server: Readonly<Record<string, string>> = {},
  statusPage = false,
): Promise<World> {
  const stack = synthesizeFunctions(settings, notifications, statusPage);
  const postgres = await startPostgres({ major: 18, settings: server });
  // As those of a role.
  const credentials = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret', sessionToken: 'session' };
  const s3 = await startS3Server({
    objectLock: true,
    bucket: stack.bucket,
    moreBuckets: [
      stack.resultsBucket,
      ...[stack.export, stack.statusPage].flatMap((one) => one?.bucket ?? []),
    ],
    writeOnce: true,
    credentials,
  });
  const { endpoint, region } = s3;
  const aws = await startAwsServer();
  const guard = new RoleGuard(s3);
  aws.allows = (access) => guard.allows(access);
  const processes = new Map<Invocable, FunctionProcess>();

  async function invoke(name: Invocable, event: unknown, deadlineMs?: number): Promise<InvocationOutcome> {
    const synthesized =
      name === 'status-page'
        ? stack.statusPage
        : name === 'notify' || name === 'export'
          ? stack[name]
          : stack.functions[name];
    if (!synthesized) throw new Error(`this stack has no function ${name}`);
    const { asset, handler, variables, statements, principal, memoryMb } = synthesized;
    const process =
      processes.get(name) ??
      (await startFunction({
        ...{ asset, handler, isSandboxed, memoryMb, ...resources[name] },
        variables: { ...variables, ...QUICK, ...s3.environment(), ...aws.environment() },
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
    async call<Answer>(name: Invocable, event: unknown) {
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
    openPages: () => openFreely(stack.statusPage?.bucket ?? ''),
    openExports: () => openFreely(stack.export?.bucket ?? ''),
    openResults: () => openFreely(stack.resultsBucket),
    async close() {
      await Promise.all([...processes.values()].map((process) => process.stop()));
      await Promise.all([postgres.stop(), s3.stop(), aws.stop()]);
      stack.remove();
    },
  };
}
