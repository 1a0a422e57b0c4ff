import { tmpdir } from 'node:os';
import { sessionSettings } from '../../connection/session-settings.ts';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import { workerFile } from '../../ground/worker-file.ts';
import { type DatabaseLocale, type DefaultOrder, defaultOrder } from '../collation/default-order.ts';
import { createDataDirectory } from './data-directory.ts';
import { EMBEDDED_EXTENSIONS } from './embedded-extensions.ts';
import { EMBEDDED_MAJOR } from './embedded-major.ts';
import { EmbeddedTarget } from './embedded-target.ts';
import { initializeDataDirectory } from './initialize.ts';
import { WorkerSession } from './worker-session.ts';

export { EMBEDDED_EXTENSIONS } from './embedded-extensions.ts';
export { EmbeddedTarget } from './embedded-target.ts';

export interface EmbeddedTargetOptions {
  /** Where its files go, below a directory of its own. @default the system's directory for temporary files */
  readonly directory?: string;
  /** Of the source, so that text sorts as there, or nearly. @default by code point */
  readonly locale?: DatabaseLocale;
  /** Names of extensions that the schema will ask for; those that cannot be had are not an error here. */
  readonly extensions?: readonly string[];
  /** Ends the target at once, whatever it does; what is pending rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** WebAssembly memory to start with; at least PGlite's own 128 MB, at most 2 GB. It grows by itself. */
  readonly initialMemoryBytes?: number;
  /** For a statement that is given none. @default 5 minutes */
  readonly deadlineMs?: number;
  /** @default 2 minutes; on an idle machine it takes 2 to 3 seconds */
  readonly bootDeadlineMs?: number;
  /** Go on without a statement that the server dies of: see Target.revive. @default false */
  readonly revives?: boolean;
  /** Of the thread. @default 64: enough for PostgreSQL's own limit (max_stack_depth) to be met first */
  readonly stackSizeMb?: number;
}

/** Those of the schema are to be there, not to act on what makes it. */
const NO_EVENT_TRIGGERS = 'SET event_triggers = off';
const DEADLINE_MS = 5 * 60_000;
const BOOT_DEADLINE_MS = 2 * 60_000;
const STACK_SIZE_MB = 64;
const BY_CODE_POINT: DefaultOrder = { initdbArguments: [], isExact: true };

/**
 * A disposable PostgreSQL, compiled to WebAssembly, in a thread of this process with files in a directory of its own.
 * It knows UTF-8 only, and ICU's root order besides that of code points. Throws `embedded-target-boot-failed`, and then leaves nothing behind.
 */
export async function openEmbeddedTarget(options: EmbeddedTargetOptions = {}): Promise<EmbeddedTarget> {
  options.signal?.throwIfAborted();
  const order = options.locale ? defaultOrder(options.locale) : BY_CODE_POINT;
  const supportedExtensions = [...new Set(options.extensions)].filter((name) =>
    EMBEDDED_EXTENSIONS.has(name),
  );
  const directory = await createDataDirectory(options.directory ?? tmpdir()).catch((error) => {
    throw bootFailed(error);
  });
  const start = () => startThread(directory.path, supportedExtensions, options);
  let session: WorkerSession | undefined;
  try {
    await initialize(directory.path, order, options);
    session = await start();
    const target = new EmbeddedTarget({
      session,
      startAgain: start,
      directory,
      serverMajor: EMBEDDED_MAJOR,
      supportedExtensions,
      defaultOrderIsExact: order.isExact,
      deadlineMs: options.deadlineMs ?? DEADLINE_MS,
      revives: options.revives ?? false,
    });
    for (const setting of [...sessionSettings(EMBEDDED_MAJOR), NO_EVENT_TRIGGERS]) {
      await target.execute(setting);
    }
    await requireExtensions(target);
    return target;
  } catch (error) {
    await session?.terminate();
    await directory.remove();
    throw options.signal?.aborted ? options.signal.reason : bootFailed(error);
  }
}

function initialize(
  dataDirectory: string,
  { initdbArguments }: DefaultOrder,
  { signal, bootDeadlineMs: deadlineMs = BOOT_DEADLINE_MS }: EmbeddedTargetOptions,
): Promise<void> {
  return initializeDataDirectory(workerUrl(), dataDirectory, initdbArguments, { deadlineMs, signal });
}

function startThread(
  dataDirectory: string,
  extensions: readonly string[],
  options: EmbeddedTargetOptions,
): Promise<WorkerSession> {
  const { signal, initialMemoryBytes, bootDeadlineMs = BOOT_DEADLINE_MS } = options;
  const task = {
    dataDirectory,
    extensions,
    ...(initialMemoryBytes === undefined ? {} : { initialMemoryBytes }),
  };
  const stackSizeMb = options.stackSizeMb ?? STACK_SIZE_MB;
  return WorkerSession.start({ workerUrl: workerUrl(), task, stackSizeMb, signal }, bootDeadlineMs);
}

function workerUrl(): URL {
  return workerFile(import.meta.url, 'embedded-worker');
}

/** PGlite only prints that it could not load an extension's archive. */
async function requireExtensions(target: EmbeddedTarget): Promise<void> {
  const { rows } = await target.execute('SELECT name FROM pg_catalog.pg_available_extensions');
  const available = new Set(rows.map((row) => row.name));
  const missing = target.supportedExtensions.filter((name) => !available.has(name));
  if (missing.length > 0) throw new Error(`the files of ${missing.join(', ')} are missing beside PGlite`);
}

function bootFailed(cause: unknown): LifeboatError {
  return new LifeboatError({
    code: 'embedded-target-boot-failed',
    kind: 'drill',
    what: `The embedded PostgreSQL did not start: ${messageOf(cause)}`,
    meaning: 'A file of PGlite is missing beside the program, or there is too little memory or disk.',
    remedy: 'Install again with `npm ci`, and check the free space of the temporary directory.',
    cause,
  });
}
