import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '../../errors.ts';

const run = promisify(execFile);

/**
 * initdb, in a process of its own, for its memory. V8's optimizing compiler needs 600 MB for one of PostgreSQL's functions;
 * the statements of initdb make that function worth optimizing, and all of them are done before it would have paid.
 * `--liftoff-only` leaves the compiler out. Measured: 1.2 GB resident at the peak with it, 0.6 GB without, and faster.
 */
export async function initializeDataDirectory(
  workerUrl: URL,
  dataDirectory: string,
  initdbArguments: readonly string[],
  options: { deadlineMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  const args = ['--liftoff-only', fileURLToPath(workerUrl), dataDirectory, ...initdbArguments];
  try {
    await run(process.execPath, args, {
      timeout: options.deadlineMs,
      killSignal: 'SIGKILL',
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (cause) {
    throw new Error(`initdb ${whyItFailed(cause, options.deadlineMs)}`, { cause });
  }
}

/** Of all that Node prints when a program dies of an error, the error. */
function whyItFailed(cause: unknown, deadlineMs: number): string {
  const { killed, stderr = '' } = cause as { killed?: boolean; stderr?: string };
  if (killed === true) return `was not done after ${Math.round(deadlineMs / 1000)} s`;
  const error = stderr.split('\n').find((line) => /^\[?\w*Error\b/.test(line));
  return `failed: ${error ?? messageOf(cause)}`;
}
