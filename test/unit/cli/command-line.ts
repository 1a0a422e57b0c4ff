import type { Surroundings } from '../../../lib/cli/program/context.ts';
import { run } from '../../../lib/cli/run.ts';
import { CapturedStream } from './captured-stream.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions
  extends Partial<Pick<Surroundings, 'environment' | 'directory' | 'signal' | 'now'>> {
  /** Width of the terminal that stdout and stderr are; a pipe unless given. */
  readonly columns?: number;
}

/** Runs the command line in this process, with streams that are kept. */
export async function lifeboat(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const stdout = new CapturedStream(options.columns);
  const stderr = new CapturedStream(options.columns);
  const exitCode = await run(argv, {
    environment: options.environment ?? {},
    directory: options.directory ?? '/nowhere',
    stdout,
    stderr,
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => new Date('2026-11-20T05:00:00Z')),
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
