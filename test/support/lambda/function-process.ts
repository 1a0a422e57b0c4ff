import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { limitResources, peakMemoryMb, processTree, type ResourceLimit } from './resource-limit.ts';
import { type InvocationOutcome, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';
import { installedRuntimeClient } from './runtime-client.ts';
import { CLIENT_ROOT, makeSandbox, type Sandbox, TASK_ROOT } from './sandbox.ts';

export interface FunctionProcessOptions {
  /** The folder that CDK would upload. */
  readonly asset: string;
  /** `app/index.handler` */
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** In the sandbox. @default all there are */
  readonly vcpus?: number;
  /** False: as an ordinary process of this machine, without limits. */
  readonly isSandboxed: boolean;
}

/** One execution environment of a function: a process that takes one event after the other. */
export interface FunctionProcess {
  /** What it runs under, for the report. */
  readonly description: string;
  /** From the start of the process until the function asked for its first event. */
  readonly initMs: number;
  invoke(event: unknown, deadlineMs?: number): Promise<InvocationOutcome>;
  /** The most memory that its processes have had resident so far. */
  peakMemoryMb(): number;
  /** The folder that is its /tmp; undefined outside a sandbox. */
  readonly temporary: string | undefined;
  /** Everything that it has written to its log so far. */
  log(): string;
  stop(): Promise<void>;
}

const LIMIT_CHECK_MS = 100;
const INIT_LIMIT_MS = 60_000;
/** As Lambda's quota has it. */
const LONGEST_MS = 15 * 60_000;

export async function startFunction(options: FunctionProcessOptions): Promise<FunctionProcess> {
  const api = await startRuntimeApi();
  const awsClient = installedRuntimeClient();
  const client = awsClient ?? import.meta.dirname;
  const entry = awsClient ? 'index.mjs' : 'plain-runtime-client.ts';
  const sandbox = options.isSandboxed ? makeSandbox({ asset: options.asset, client }) : undefined;
  const limit = sandbox && limitResources(options);
  const world = sandbox ? { client: CLIENT_ROOT, task: TASK_ROOT } : { client, task: options.asset };
  const [program = '', ...arguments_] = [
    ...(limit?.command ?? []),
    ...(sandbox?.command ?? [process.execPath]),
    `${world.client}/${entry}`,
    options.handler,
  ];
  const startedAt = performance.now();
  const child = spawn(program, arguments_, {
    cwd: sandbox ? dirname(sandbox.temporary) : options.asset,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environmentOf(options, api, world.task), ...options.variables },
  });
  const environment = new ExecutionEnvironment(child, api, options.memoryMb, sandbox, limit);
  const tooLate = setTimeout(() => api.fail(new Error('the function was not loaded in time')), INIT_LIMIT_MS);
  try {
    await api.initialized;
  } catch (error) {
    await environment.stop();
    throw new Error(`${(error as Error).message}\n${environment.log()}`);
  } finally {
    clearTimeout(tooLate);
  }
  environment.initMs = performance.now() - startedAt;
  environment.description = [
    sandbox ? 'bubblewrap' : 'no sandbox',
    awsClient ? 'aws-lambda-ric' : 'a plain runtime client',
    sandbox ? `${options.memoryMb} MB by ${limit?.by ?? 'a watch on resident memory'}` : 'no limit of memory',
  ].join(', ');
  return environment;
}

/** What Lambda sets for each function (AWS Lambda Developer Guide, "Defined runtime environment variables"). */
function environmentOf({ handler, memoryMb }: FunctionProcessOptions, api: RuntimeApi, taskRoot: string) {
  return {
    _HANDLER: handler,
    AWS_LAMBDA_RUNTIME_API: api.address,
    AWS_LAMBDA_FUNCTION_NAME: 'sandbox',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/sandbox',
    AWS_LAMBDA_LOG_STREAM_NAME: 'sandbox',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: taskRoot,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  };
}

class ExecutionEnvironment implements FunctionProcess {
  description = '';
  initMs = 0;
  readonly #child: ChildProcess;
  readonly #api: RuntimeApi;
  readonly #sandbox: Sandbox | undefined;
  readonly #limit: ResourceLimit | undefined;
  readonly #ended: Promise<void>;
  readonly #watch: NodeJS.Timeout;
  #peakMb = 0;
  #log = '';
  #isStopping = false;

  constructor(
    child: ChildProcess,
    api: RuntimeApi,
    memoryMb: number,
    sandbox: Sandbox | undefined,
    limit: ResourceLimit | undefined,
  ) {
    this.#child = child;
    this.#api = api;
    this.#sandbox = sandbox;
    this.#limit = limit;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        api.fail(error);
        resolve();
      });
      child.once('close', (code, signal) => {
        if (!this.#isStopping)
          api.fail(new Error(`the function's process ended: ${this.#reason(code, signal)}`));
        resolve();
      });
    });
    // Where no control group holds the limit, this does; and it sees the peak of processes that end.
    this.#watch = setInterval(() => {
      const residentMb = this.#measure();
      if (sandbox && !limit && residentMb > memoryMb) child.kill('SIGKILL');
    }, LIMIT_CHECK_MS);
  }

  get temporary(): string | undefined {
    return this.#sandbox?.temporary;
  }

  /** Kills it when the time is up, as Lambda does. */
  async invoke(event: unknown, deadlineMs = LONGEST_MS): Promise<InvocationOutcome> {
    const timeUp = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs);
    try {
      return await this.#api.invoke(event, deadlineMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#log.slice(-4000)}`);
    } finally {
      clearTimeout(timeUp);
    }
  }

  peakMemoryMb(): number {
    this.#measure();
    return Math.round(this.#peakMb);
  }

  log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#watch);
    this.#child.kill('SIGKILL');
    await this.#ended;
    await this.#api.close();
    await this.#limit?.remove();
    this.#sandbox?.remove();
  }

  /** Node is one process; the shell and bubblewrap around it are small, and no part of what Lambda counts. */
  #measure(): number {
    const { pid } = this.#child;
    const processes = this.#limit?.processes() ?? (pid === undefined ? [] : processTree(pid));
    const largest = Math.max(0, ...processes.map(peakMemoryMb));
    this.#peakMb = Math.max(this.#peakMb, largest);
    return largest;
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#limit?.exceeded()) return 'it needed more memory than it has';
    return `code ${code}, signal ${signal}\n${this.#log.slice(-4000)}`;
  }
}
