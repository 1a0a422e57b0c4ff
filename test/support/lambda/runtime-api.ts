import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** How an invocation ended, as the function said it. */
export type InvocationOutcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: RuntimeError };

export interface RuntimeError {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** The Runtime API of one execution environment (AWS Lambda Developer Guide, "Using the Lambda runtime API"), on 127.0.0.1. */
export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Resolves when the function asks for its first event: its modules are loaded. Rejects when it says that they cannot be. */
  readonly initialized: Promise<void>;
  invoke(event: unknown, deadlineMs: number): Promise<InvocationOutcome>;
  /** What is being waited for rejects with this: the process is gone. */
  fail(reason: Error): void;
  close(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly deadlineMs: number;
  readonly settle: PromiseWithResolvers<InvocationOutcome>;
}

const INVOCATION = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const initialized = Promise.withResolvers<void>();
  // Whoever waits for nothing else must not be ended by it.
  initialized.promise.catch(() => {});
  const running = new Map<string, Invocation>();
  const queue: Invocation[] = [];
  let waiting: ServerResponse | undefined;
  let gone: Error | undefined;

  function handOver(): void {
    const next = waiting && queue.shift();
    if (!waiting || !next) return;
    waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': next.id,
      'lambda-runtime-deadline-ms': String(Date.now() + next.deadlineMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:111122223333:function:sandbox',
      'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    });
    waiting.end(JSON.stringify(next.event));
    waiting = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === '/2018-06-01/runtime/invocation/next') {
      initialized.resolve();
      waiting = response;
      return handOver();
    }
    const body = await text(request);
    if (path === '/2018-06-01/runtime/init/error') {
      initialized.reject(new Error(`the function could not be loaded: ${body}`));
    }
    const [, id = '', kind] = INVOCATION.exec(path) ?? [];
    const ended = running.get(id);
    running.delete(id);
    if (kind === 'response') ended?.settle.resolve({ ok: true, payload: JSON.parse(body || 'null') });
    if (kind === 'error') ended?.settle.resolve({ ok: false, error: JSON.parse(body) as RuntimeError });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  // The function holds its request for the next event open for as long as there is none.
  http.requestTimeout = 0;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    initialized: initialized.promise,
    invoke(event, deadlineMs) {
      if (gone) return Promise.reject(gone);
      const settle = Promise.withResolvers<InvocationOutcome>();
      const invocation = { id: randomUUID(), event, deadlineMs, settle };
      running.set(invocation.id, invocation);
      queue.push(invocation);
      handOver();
      return settle.promise;
    },
    fail(reason) {
      gone ??= reason;
      initialized.reject(reason);
      for (const { settle } of running.values()) settle.reject(reason);
      running.clear();
    },
    async close() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
}
