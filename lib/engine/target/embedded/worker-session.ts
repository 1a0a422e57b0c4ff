import { Worker } from 'node:worker_threads';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import type { WorkerReply, WorkerRequest, WorkerTask } from './worker-protocol.ts';

export interface WorkerSessionOptions {
  readonly workerUrl: URL;
  readonly task: WorkerTask;
  /** The stack size of the thread. */
  readonly stackSizeMb: number;
  readonly signal: AbortSignal | undefined;
}

type Answer = Exclude<WorkerReply, { kind: 'progress' | 'said' | 'dead' }>;

export interface RequestOptions {
  /** How long the thread may be silent; 0 means forever. */
  readonly deadlineMs: number;
  /** Buffers that are transferred to the thread instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Gets pieces of the answer to a client, before the request is done. */
  readonly onPiece?: (piece: Uint8Array) => void;
}

interface Pending {
  readonly deadlineMs: number;
  readonly onPiece: ((piece: Uint8Array) => void) | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A session with one worker thread, with one answer per request. It ends for good, and its thread is
 * terminated: on terminate(), when `signal` aborts, when the thread is silent for longer than the request's
 * deadline, when the thread dies, or when it reports that its server has died. Pending and later requests
 * then reject with the reason.
 */
export class WorkerSession {
  readonly #worker: Worker;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #pending: Pending | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #terminated: Promise<unknown> | undefined;

  private constructor(options: WorkerSessionOptions) {
    this.#worker = new Worker(options.workerUrl, {
      workerData: options.task,
      resourceLimits: { stackSizeMb: options.stackSizeMb },
      execArgv: [],
      // PGlite prints what it could not load. The error that follows says it in Lifeboat's words.
      stdout: true,
      stderr: true,
    });
    this.#signal = options.signal;
    this.#onAbort = () => this.#end(options.signal?.reason);
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    this.#worker.on('error', (error) =>
      this.#end(deadTarget(`its thread failed: ${messageOf(error)}`, error)),
    );
    this.#worker.on('exit', (code) => this.#end(deadTarget(`its thread ended with code ${code}`)));
  }

  /** Starts the thread and waits until it has booted. */
  static async start(options: WorkerSessionOptions, bootDeadlineMs: number): Promise<WorkerSession> {
    options.signal?.throwIfAborted();
    const session = new WorkerSession(options);
    await session.#expectAnswer({ deadlineMs: bootDeadlineMs });
    return session;
  }

  /** Sends a request. Only one can run at a time. */
  async request(request: WorkerRequest, options: RequestOptions): Promise<Answer> {
    if (this.#ended) throw this.#ended.reason;
    const answer = this.#expectAnswer(options);
    this.#worker.postMessage(request, options.transfer ?? []);
    return answer;
  }

  /** Why the session ended, if it has. */
  get ended(): { readonly reason: unknown } | undefined {
    return this.#ended;
  }

  /** Terminates the thread. Resolves when it has ended. */
  async terminate(): Promise<void> {
    this.#end(
      new LifeboatError({
        code: 'embedded-target-closed',
        kind: 'drill',
        what: 'The embedded target was closed.',
      }),
    );
    await this.#terminated;
  }

  #expectAnswer({ deadlineMs, onPiece }: RequestOptions): Promise<Answer> {
    if (this.#pending) throw new TypeError('one request at a time');
    return new Promise((resolve, reject) => {
      this.#pending = { deadlineMs, onPiece, resolve, reject, timer: this.#startTimer(deadlineMs) };
    });
  }

  #startTimer(deadlineMs: number): NodeJS.Timeout | undefined {
    return deadlineMs === 0 ? undefined : setTimeout(() => this.#end(overdue(deadlineMs)), deadlineMs);
  }

  #receive(reply: WorkerReply): void {
    const pending = this.#pending;
    if (!pending) return;
    clearTimeout(pending.timer);
    if (reply.kind === 'progress' || reply.kind === 'said') {
      pending.timer = this.#startTimer(pending.deadlineMs);
      if (reply.kind === 'said') pending.onPiece?.(reply.piece);
    } else if (reply.kind === 'dead') {
      this.#end(deadTarget(reply.why));
    } else {
      this.#pending = undefined;
      pending.resolve(reply);
    }
  }

  #end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = { reason };
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#terminated = this.#worker.terminate();
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return;
    clearTimeout(pending.timer);
    pending.reject(reason);
  }
}

function deadTarget(why: string, cause?: unknown): LifeboatError {
  return new LifeboatError({
    code: 'embedded-target-dead',
    kind: 'drill',
    what: `The embedded PostgreSQL died: ${why}.`,
    meaning: 'Its answers would prove nothing, so this drill has no result.',
    remedy: 'Run the drill again; if it dies at the same place, drill into a server instead.',
    cause,
  });
}

function overdue(deadlineMs: number): LifeboatError {
  return new LifeboatError({
    code: 'embedded-target-overdue',
    kind: 'drill',
    what: `The embedded PostgreSQL gave no sign of life for ${Math.round(deadlineMs / 1000)} s and was stopped.`,
    meaning: 'A statement blocks it forever, or needs more time than the deadline allows.',
    remedy: 'Run the drill with a longer deadline, or drill into a server instead.',
  });
}
