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
  /** The parent of its data directory. @default the system's directory for temporary files */
  readonly directory?: string;
  /** The locale of the source, so that text sorts the same or nearly so. @default by code point */
  readonly locale?: DatabaseLocale;
  /** Names of extensions that the schema needs. Unavailable ones are not an error here. */
  readonly extensions?: readonly string[];
  /** Ends the target immediately, whatever it is doing. Pending calls reject with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The initial WebAssembly memory: at least PGlite's own 128 MB, at most 2 GB. It grows automatically. */
  readonly initialMemoryBytes?: number;
  /** The deadline for a statement without its own. @default 5 minutes */
  readonly deadlineMs?: number;
  /** @default 2 minutes; on an idle machine, booting takes 2 to 3 seconds */
  readonly bootDeadlineMs?: number;
  /** Whether to continue without a statement that kills the server: see Target.revive. @default false */
  readonly revives?: boolean;
  /** Whether the disk has room for the long values of all tables as they are, which is faster. @default false: compressed */
  readonly hasRoomToSpare?: boolean;
  /** The stack of the thread. @default 64: enough to reach PostgreSQL's own limit (max_stack_depth) first */
  readonly stackSizeMb?: number;
}

/** Event triggers of the schema must exist, but must not fire while it is created. */
const NO_EVENT_TRIGGERS = 'SET event_triggers = off';
const DEADLINE_MS = 5 * 60_000;
const BOOT_DEADLINE_MS = 2 * 60_000;
const STACK_SIZE_MB = 64;
const BY_CODE_POINT: DefaultOrder = { initdbArguments: [], isExact: true };

/**
 * Opens a disposable PostgreSQL, compiled to WebAssembly, in a thread of this process, with files in its own
 * directory. It supports UTF-8 only, and sorts by code point or in ICU's root order. Throws
 * `embedded-target-boot-failed`, and then leaves nothing behind.
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
      hasRoomToSpare: options.hasRoomToSpare ?? false,
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

/** Throws if an extension's archive is missing: PGlite itself only prints this. */
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
    meaning:
      'A file of PGlite is missing beside the program or is damaged, or there is too little memory or disk.',
    remedy:
      'Remove node_modules, install again with `npm ci` or `npm install`, and check the free space of the temporary directory.',
    cause,
  });
}
