import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '../../ground/errors.ts';
import { preparedFile, usePrepared } from './prepared-directory.ts';

const run = promisify(execFile);

/** Checksums guard data that lasts; here they would only cost time. */
const ALWAYS = ['--no-data-checksums'];

/**
 * An empty cluster: a copy of one that was made before, where it was kept, and else by initdb. That takes 2 to 3 seconds of
 * processor time, the copy a tenth of it (measured). initdb runs in a process of its own, for its memory. V8's optimizing compiler needs 600 MB for one of PostgreSQL's functions;
 * the statements of initdb make that function worth optimizing, and all of them are done before it would have paid.
 * `--liftoff-only` leaves the compiler out. Measured: 1.2 GB resident at the peak with it, 0.6 GB without, and faster.
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

/** Of all that Node prints when a program dies of an error, the error. */
function whyItFailed(cause: unknown, deadlineMs: number): string {
  const { killed, stderr = '' } = cause as { killed?: boolean; stderr?: string };
  if (killed === true) return `was not done after ${Math.round(deadlineMs / 1000)} s`;
  const error = stderr.split('\n').find((line) => /^\[?\w*Error\b/.test(line));
  return `failed: ${error ?? messageOf(cause)}`;
}
