import { PGlite } from '@electric-sql/pglite';
import type { ContentDigest } from '../../copy-text/row-digest.ts';
import { RowDigest } from '../../copy-text/row-digest.ts';
import type { ResultRow } from '../target.ts';
import type { Answer, ServerError } from './answer-reader.ts';
import { AnswerReader, simpleQuery } from './answer-reader.ts';
import { CopyInDevice } from './copy-in-device.ts';
import { loadExtensions } from './embedded-extensions.ts';
import { COPY_IN_DEVICE } from './worker-protocol.ts';

/**
 * Nothing here outlives the drill, so nothing is made durable, and no disk has to confirm a write. Commits
 * are written to the operating system (at no measurable cost), so that a server that dies of one statement
 * can continue without it. Measured: the data directory grows half as much without WAL.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  full_page_writes: 'off',
  fsync: 'off',
  synchronous_commit: 'on',
  shared_buffers: '16MB',
  maintenance_work_mem: '64MB',
  min_wal_size: '32MB',
  max_wal_size: '64MB',
};

/** PostgreSQL's error for several statements in its extended protocol. */
const SEVERAL_STATEMENTS: ServerError = {
  severity: 'ERROR',
  sqlState: '42601',
  message: 'one statement at a time',
  refused: {},
};

/** PostgreSQL's own flag for code that runs as another role (miscadmin.h). */
const SECURITY_LOCAL_USERID_CHANGE = 0x0001;

/** Exports of the server's WebAssembly that are not in PGlite's own interface (miscadmin.h). */
interface ServerFunctions {
  readonly _SetUserIdAndSecContext?: (role: number, context: number) => void;
}

/** Bytes of COPY text between two signs of life. */
const PROGRESS_BYTES = 8 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** The server refused one statement, and still works. */
export class RefusedError extends Error {
  readonly error: ServerError;
  constructor(error: ServerError) {
    super(error.message);
    this.error = error;
  }
}

/** The server answered in a way that a working server never does. */
export class DeadError extends Error {}

/** Runs initdb in an empty directory. */
export async function runInitdb(dataDirectory: string, initdbArguments: readonly string[]): Promise<void> {
  const server = await PGlite.create({
    dataDir: dataDirectory,
    initDbStartParams: [...initdbArguments],
  });
  await server.close();
}

/**
 * The embedded PostgreSQL, through its wire protocol. PGlite's query functions do not stream COPY data, and
 * do not return the whole command tag. The tag is the only answer that a dead instance cannot give.
 */
export class EmbeddedServer {
  readonly #pglite: PGlite;
  readonly #copyInDevice: CopyInDevice;

  private constructor(pglite: PGlite) {
    this.#pglite = pglite;
    this.#copyInDevice = new CopyInDevice(pglite.Module.FS, COPY_IN_DEVICE);
  }

  static async open(options: {
    dataDirectory: string;
    extensions: readonly string[];
    initialMemoryBytes?: number | undefined;
  }): Promise<EmbeddedServer> {
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const pglite = await PGlite.create({
      dataDir: options.dataDirectory,
      extensions: await loadExtensions(options.extensions),
      startParams: [...PGlite.defaultStartParams, ...settings],
      ...(options.initialMemoryBytes === undefined ? {} : { initialMemory: options.initialMemoryBytes }),
    });
    return new EmbeddedServer(pglite);
  }

  async execute(sql: string): Promise<{ tag: string; rows: readonly ResultRow[] }> {
    const { tag, rows } = await this.#run(sql);
    const selected = /^SELECT (\d+)$/.exec(tag);
    if (rows && selected && Number(selected[1]) !== rows.length) {
      throw new DeadError(`it sent ${rows.length} rows and said "${tag}"`);
    }
    return { tag, rows: rows ?? [] };
  }

  /** `sent` is the number of rows in the blob, and `taken` the number that the server reports. */
  async copyIn(sql: string, blob: Uint8Array): Promise<{ sent: number; taken: number }> {
    const { tag } = await this.#copyInDevice.holding(blob, () => this.#run(sql));
    return { sent: countLines(blob), taken: copiedRows(tag) };
  }

  async copyOut(sql: string, onProgress: () => void): Promise<ContentDigest> {
    const digest = new RowDigest();
    let unreported = 0;
    const { tag } = await this.#run(sql, (piece) => {
      digest.update(piece);
      unreported += piece.length;
      if (unreported < PROGRESS_BYTES) return;
      unreported = 0;
      onProgress();
    });
    const content = digest.finish();
    if (copiedRows(tag) !== content.rows)
      throw new DeadError(`it sent ${content.rows} rows and said "${tag}"`);
    return content;
  }

  /**
   * Passes a client's messages to the server, and the answer to `onPiece`, both unchanged. The pieces are
   * views of the server's memory, and valid during the call only.
   */
  async converse(messages: Uint8Array, onPiece: (piece: Uint8Array) => void): Promise<void> {
    await this.#pglite.execProtocolRawStream(messages, { syncToFs: false, onRawData: onPiece });
  }

  /**
   * Makes the session act as a role (an OID) from now on. Must be called outside of a transaction. A confined
   * session cannot become another role by any statement, function or protocol message, although its superuser
   * opened it: the server refuses to change `session_authorization` and `role`, as it does inside a SECURITY
   * DEFINER function (guc.c, GUC_NOT_WHILE_SEC_REST).
   */
  actAs(role: number, confined: boolean): void {
    const { _SetUserIdAndSecContext: setUser } = this.#pglite.Module as ServerFunctions;
    if (!setUser) throw new DeadError('it has no way to confine a session to one role');
    setUser(role, confined ? SECURITY_LOCAL_USERID_CHANGE : 0);
  }

  async #run(
    sql: string,
    onCopyData?: (piece: Uint8Array) => void,
  ): Promise<{ tag: string; rows: Answer['rows'] }> {
    const reader = new AnswerReader(onCopyData);
    let broken: unknown;
    await this.#pglite.execProtocolRawStream(simpleQuery(sql), {
      syncToFs: false,
      onRawData: (bytes) => {
        // PGlite ignores errors that are thrown in here.
        try {
          if (broken === undefined) reader.read(bytes);
        } catch (error) {
          broken = error;
        }
      },
    });
    if (broken !== undefined) throw broken;
    const { error, tags, rows, ready } = reader.answer();
    if (error && error.severity !== 'ERROR')
      throw new DeadError(`it said ${error.severity}: ${error.message}`);
    if (!ready) throw new DeadError('it did not finish its answer');
    if (error) throw new RefusedError(error);
    const [tag, ...more] = tags;
    if (tag === undefined) throw new DeadError('it answered without a command tag');
    if (more.length > 0) throw new RefusedError(SEVERAL_STATEMENTS);
    return { tag, rows };
  }
}

function copiedRows(tag: string): number {
  const copied = /^COPY (\d+)$/.exec(tag);
  if (!copied) throw new DeadError(`it was asked to copy and said "${tag}"`);
  return Number(copied[1]);
}

function countLines(text: Uint8Array): number {
  let lines = 0;
  for (let at = text.indexOf(LINE_FEED); at !== -1; at = text.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}
