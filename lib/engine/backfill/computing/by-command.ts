import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Computation, type Computed, type InputRow, PassingFailure } from './computation.ts';

export interface CommandOptions {
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly answerTimeoutMs: number;
}

/** Lifeboat's own logins are no business of the command. */
const OWN_VARIABLES = /^LIFEBOAT_|^PGPASSWORD$/;

/**
 * One process of a command, which lives for many batches, and never gets the same id twice: it reads `{"id":"0","row":{…}}` a line, and writes
 * `{"id":"0","value":…}` or `{"id":"0","error":"…"}` a line, in any order. A process that ends, or answers too late, is
 * replaced at the next try.
 */
export class ComputationByCommand implements Computation {
  readonly #options: CommandOptions;
  #running: Running | undefined;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  async compute(rows: readonly InputRow[], signal: AbortSignal): Promise<ReadonlyMap<string, Computed>> {
    const running = this.#running ?? start(this.#options);
    this.#running = running;
    const late = AbortSignal.timeout(this.#options.answerTimeoutMs);
    try {
      return await running.answer(rows, AbortSignal.any([signal, late]));
    } catch (error) {
      await this.close();
      signal.throwIfAborted();
      if (late.aborted)
        throw new PassingFailure(
          `The command did not answer within ${this.#options.answerTimeoutMs / 1000} s`,
        );
      throw error;
    }
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.end();
  }
}

interface Running {
  answer(rows: readonly InputRow[], signal: AbortSignal): Promise<ReadonlyMap<string, Computed>>;
  end(): Promise<void>;
}

function start({ command, environment }: CommandOptions): Running {
  const own = Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN_VARIABLES.test(name)));
  // A group of its own, so that its children end with it, and a Ctrl-C reaches it through us.
  const child = spawn('/bin/sh', ['-c', command], {
    env: own,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  // A line that nobody waits for comes from a command that answers more often than it is asked, or too late.
  let isOutOfStep = false;
  const onStrayLine = (line: string) => {
    if (line.trim() !== '') isOutOfStep = true;
  };
  let onLine = onStrayLine;
  // No number comes twice, so that a late answer to one batch is never taken for that of another.
  let asked = 0;
  let onEnd: (error: Error) => void = () => {};
  let hasEnded = false;
  const ended = (words: string) => {
    hasEnded = true;
    onEnd(new PassingFailure(words));
  };
  createInterface({ input: child.stdout }).on('line', (line) => onLine(line));
  // What it does not read any more is told by its end.
  child.stdin.on('error', () => {});
  child.on('error', () => ended('The command could not be started'));
  child.on('close', (code, signal) =>
    ended(`The command ended${signal ? ` by ${signal}` : ` with exit code ${code}`}`),
  );
  return {
    async answer(rows, signal) {
      if (hasEnded) throw new PassingFailure('The command has ended');
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, Computed>>();
      const stray = () => new PassingFailure('The command wrote a line that is no answer to a row');
      if (isOutOfStep) throw stray();
      const first = asked;
      asked += rows.length;
      const awaited = new Map(rows.map(({ id }, at) => [String(first + at), id]));
      const answers = new Map<string, Computed>();
      onEnd = reject;
      onLine = (line) => {
        if (line.trim() === '') return;
        const answer = readAnswer(line);
        const id = answer && awaited.get(answer.id);
        if (answer === undefined || id === undefined) {
          isOutOfStep = true;
          return reject(stray());
        }
        awaited.delete(answer.id);
        answers.set(id, answer.computed);
        if (awaited.size === 0) resolve(answers);
      };
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        signal.throwIfAborted();
        child.stdin.write(rows.map(({ json }, at) => `{"id":"${first + at}","row":${json}}\n`).join(''));
        return await promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
        onLine = onStrayLine;
        onEnd = () => {};
      }
    },
    end: () => endOf(child),
  };
}

const FAREWELL_MS = 5000;

/** Ends the process and its children: first kindly. */
async function endOf(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const { pid } = child;
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended by now.
    }
  };
  const exited = once(child, 'exit');
  child.stdin?.end();
  kill('SIGTERM');
  const timer = setTimeout(() => kill('SIGKILL'), FAREWELL_MS);
  await exited;
  clearTimeout(timer);
}

/** `{"id", "value"}` or `{"id", "error"}`; undefined for anything else. */
export function readAnswer(line: string): { readonly id: string; readonly computed: Computed } | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    return undefined;
  }
  return answerOf(answer);
}

export function answerOf(answer: unknown): { readonly id: string; readonly computed: Computed } | undefined {
  if (typeof answer !== 'object' || answer === null || !('id' in answer)) return undefined;
  const { id } = answer;
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  if ('error' in answer && answer.error != null)
    return { id: String(id), computed: { refused: String(answer.error).slice(0, 500) } };
  if (!('value' in answer)) return undefined;
  return { id: String(id), computed: { value: answer.value } };
}
