import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { findTables } from '../archive/find-tables.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import type { Observer } from '../ground/progress.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { BackupCopy } from './copy/backup-copy.ts';
import { listen } from './listener.ts';
import { LoadProgress } from './load-progress.ts';
import { SharedServer } from './session/shared-server.ts';

export interface BrowseRequest {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** Shows this moment, whose base the backup is. */
  readonly moment?: PlannedMoment;
  /**
   * Tables that are loaded before clients may connect. Without any, a small backup is loaded whole, and of a
   * larger one each table when a statement needs it.
   */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
  /** @default any free port */
  readonly port?: number;
  /** Parent of the embedded server's data directory. @default the system's temporary directory */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

/** Everything that a client needs to connect to a backup that is served. */
export interface OpenBackup {
  readonly manifest: Manifest;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The tables that were loaded at the start. */
  readonly loaded: readonly TableData[];
  /** The objects that the embedded server could not create, a sentence each. */
  readonly lacks: readonly string[];
}

/** A backup up to this size is loaded whole when no table is named: it takes a second. */
const SMALL_BACKUP_BYTES = 32 * 1024 * 1024;
/** A statement loads tables up to this size. Larger ones take minutes and must be named with --table. */
const MOST_UNASKED_BYTES = 1024 * 1024 * 1024;
const USER = 'lifeboat';

/**
 * Opens a backup as a read-only PostgreSQL server on this machine, and serves it until `signal` aborts; then
 * it leaves nothing behind. Calls `onOpen` when clients may connect. Rejects with the signal's reason if it
 * aborts before that.
 */
export async function browse(request: BrowseRequest, onOpen: (open: OpenBackup) => void): Promise<void> {
  const { store, place, port = 0, directory = tmpdir() } = request;
  const signal = request.signal ?? new AbortController().signal;
  const manifest = await readManifest(store, place, { signal });
  const named = findTables(manifest, request);
  const progress = new LoadProgress(request.observer);
  progress.begin('open');
  await using copy = await BackupCopy.open({ store, manifest, moment: request.moment, directory, signal });
  const server = new SharedServer(copy, { observer: progress, mostUnaskedBytes: MOST_UNASKED_BYTES });
  const loaded = named.length > 0 ? named : tablesOfSmallBackup(manifest);
  await server.load(loaded, signal);
  progress.started();

  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const { database } = manifest.server;
  const password = randomBytes(12).toString('base64url');
  const listener = await listen({
    server,
    port,
    password,
    // GUIs connect to postgres first.
    databases: [database, 'postgres'],
    onFailure: failed.reject,
  });
  try {
    const { host, port: opened } = listener;
    onOpen({ manifest, host, port: opened, user: USER, password, database, loaded, lacks: copy.lacks });
    await Promise.race([aborted(signal), failed.promise]);
  } catch (error) {
    // The end of the server also ends running work with an error.
    if (!signal.aborted) throw error;
  } finally {
    await listener.close();
  }
}

function tablesOfSmallBackup({ tables }: Manifest): readonly TableData[] {
  const rawBytes = tables.reduce((sum, table) => sum + table.rawBytes, 0);
  return rawBytes <= SMALL_BACKUP_BYTES ? tables : [];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
