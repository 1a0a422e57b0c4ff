import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '../../ground/errors.ts';
import { preparedFile, usePrepared } from './prepared-directory.ts';

const run = promisify(execFile);

/** Checksums protect data that lasts. Here they would only cost time. */
const ALWAYS = ['--no-data-checksums'];

/**
 * Creates an empty cluster: a copy of a prepared one if there is one, and otherwise with initdb. initdb takes
 * 2 to 3 seconds of processor time, and the copy a tenth of it (measured).
 *
 * initdb runs in its own process, because of its memory. V8's optimizing compiler needs 600 MB for one of
 * PostgreSQL's functions. The statements of initdb trigger this optimization, but end before it pays off.
 * `--liftoff-only` turns the compiler off. Measured: 1.2 GB resident at the peak with the compiler; 0.6 GB
 * without it, and faster.
 */
export async function initializeDataDirectory(
  workerUrl: URL,
  dataDirectory: string,
  initdbArguments: readonly string[],
  options: { deadlineMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  const allArguments = [...ALWAYS, ...initdbArguments];
  const prepared = preparedFile(allArguments);
  if (prepared !== undefined && (await usePrepared(prepared, dataDirectory))) return;
  const args = [
    '--liftoff-only',
    fileURLToPath(workerUrl),
    ...[dataDirectory, prepared ?? '', ...allArguments],
  ];
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

/** Finds the error in the output of a Node program that died of it. */
function whyItFailed(cause: unknown, deadlineMs: number): string {
  const { killed, stderr = '' } = cause as { killed?: boolean; stderr?: string };
  if (killed === true) return `was not done after ${Math.round(deadlineMs / 1000)} s`;
  const error = stderr.split('\n').find((line) => /^\[?\w*Error\b/.test(line));
  return `failed: ${error ?? messageOf(cause)}`;
}
