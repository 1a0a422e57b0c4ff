import { tmpdir } from 'node:os';
import { nearestTable } from '../../archive/find-tables.ts';
import type { BackupPlace } from '../../archive/keys.ts';
import type { Manifest } from '../../archive/manifest.ts';
import { readManifest } from '../../archive/read-manifest.ts';
import { sentenceOf } from '../../connection/server-words.ts';
import { type FailureDescription, LifeboatError } from '../../ground/errors.ts';
import type { Observer } from '../../ground/progress.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import type { PlannedMoment } from '../../replay/plan/moment.ts';
import { significantTokens } from '../../sql-script/tokens.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { cString, message } from '../../wire/backend-messages.ts';
import { BackupCopy } from '../copy/backup-copy.ts';
import { missingRelation } from '../copy/missing-relation.ts';
import { LoadProgress } from '../load-progress.ts';
import { batchOf } from '../session/batch.ts';
import type { ClientSession } from '../session/client-session.ts';
import { SharedServer } from '../session/shared-server.ts';
import { ResultReader, type ResultTaker } from './result-reader.ts';

export type { ResultColumn, ResultTaker } from './result-reader.ts';

export interface QueryRequest {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** Shows this moment, whose base the backup is. */
  readonly moment?: PlannedMoment;
  /** One statement. It cannot change anything. */
  readonly sql: string;
  /** Parent of the embedded server's data directory. @default the system's temporary directory */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

export interface QueryResult {
  readonly manifest: Manifest;
  /** `SELECT 3`. */
  readonly tag: string;
  /** The differences between the tables that were read and the source, a sentence each. */
  readonly notices: readonly string[];
}

/**
 * Runs one statement on a backup. It loads only the tables that the statement needs, directly or through
 * views. Throws `query-refused` with the server's own words, or `query-not-one-statement`.
 */
export async function query(request: QueryRequest, taker: ResultTaker): Promise<QueryResult> {
  const { store, place, sql, directory = tmpdir() } = request;
  const signal = request.signal ?? new AbortController().signal;
  requireOneStatement(sql);
  const manifest = await readManifest(store, place, { signal });
  const progress = new LoadProgress(request.observer);
  progress.begin('open');
  await using copy = await BackupCopy.open({ store, manifest, moment: request.moment, directory, signal });
  // No limit: the person's own statement asks for these tables.
  const server = new SharedServer(copy, { observer: progress, mostUnaskedBytes: Number.POSITIVE_INFINITY });
  const session = await server.join(new Map());
  progress.begin('query');
  const tag = await ask(server, session, { sql, manifest }, taker);
  return { manifest, tag, notices: copy.notices };
}

/** How fast somebody takes a result. `write` is told how many bytes were read, and returns false to pause. */
export interface ResultPace {
  write(bytes: number): boolean;
  onceDrained(callback: () => void): void;
}

const AT_ONCE: ResultPace = { write: () => true, onceDrained: (callback) => callback() };

/** Runs one statement as a reader, and loads the tables that it needs. Throws `query-refused`. */
export async function ask(
  server: SharedServer,
  session: ClientSession,
  { sql, manifest }: { readonly sql: string; readonly manifest: Manifest },
  taker: ResultTaker,
  pace: ResultPace = AT_ONCE,
): Promise<string> {
  const result = new ResultReader(taker);
  const failure = await server.run(session, batchOf(oneStatement(sql)), {
    write: (bytes) => {
      result.read(bytes);
      return pace.write(bytes.length);
    },
    onceDrained: (callback) => pace.onceDrained(callback),
    notice: () => {},
  });
  if (failure) throw failure;
  if (result.error) throw refused(result.error, manifest);
  return result.tag ?? '';
}

/** The messages of the extended protocol, which takes one statement only. Results are text. */
function oneStatement(sql: string) {
  const [unnamed, none] = [cString(''), Buffer.alloc(2)];
  const messages = [
    ['P', message('P', unnamed, cString(sql), none)],
    ['B', message('B', unnamed, unnamed, none, none, none)],
    ['D', message('D', Buffer.from('P'), unnamed)],
    ['E', message('E', unnamed, Buffer.alloc(4))],
    ['S', message('S')],
  ] as const;
  return messages.map(([type, bytes]) => ({ type, bytes: Buffer.from(bytes) }));
}

/** Checks the statement before a server is started. Throws `query-not-one-statement`. */
export function requireOneStatement(sql: string): void {
  const ends = semicolons(sql);
  const isOne = ends.every((end, index) => index === ends.length - 1 && /^\s*$/.test(sql.slice(end)));
  if (isOne && sql.trim() !== '' && !sql.includes('\0')) return;
  throw new LifeboatError({
    code: 'query-not-one-statement',
    kind: 'usage',
    what: 'The query must be exactly one SQL statement.',
    remedy: 'Run one statement at a time, or use `lifeboat browse`, which takes any number.',
  });
}

/** The ends of the semicolons outside strings and comments; none if only the server can refuse the SQL. */
function semicolons(sql: string): number[] {
  try {
    return significantTokens(sql)
      .filter(({ kind, text }) => kind === 'punctuation' && text === ';')
      .map(({ end }) => end);
  } catch {
    return [];
  }
}

/** The server refuses a statement. */
export class QueryRefused extends LifeboatError {
  readonly sqlState: string | undefined;
  constructor(description: FailureDescription, sqlState: string | undefined) {
    super(description);
    this.sqlState = sqlState;
  }
}

function refused(error: ReadonlyMap<string, string>, { tables }: Manifest): QueryRefused {
  const [text = '', hint, code] = ['M', 'H', 'C'].map((letter) => error.get(letter));
  const missing = missingRelation(error);
  const unknown = missing && [missing.schema, missing.name].filter(Boolean).join('.');
  const meant = unknown === undefined ? undefined : nearestTable(tables, unknown);
  const remedy =
    meant === undefined
      ? (ofMaterializedView(text) ??
        hint ??
        'Change the statement; `lifeboat show <backup>` lists the tables.')
      : `Did you mean ${meant}? \`lifeboat show <backup>\` lists the tables.`;
  return new QueryRefused(
    { code: 'query-refused', kind: 'usage', what: sentenceOf(text, code), remedy },
    code,
  );
}

/** The remedy for an unpopulated view. The server's own hint is to refresh it, which a reader cannot do. */
function ofMaterializedView(text: string): string | undefined {
  const [, name] = /^materialized view "(.*)" has not been populated$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  return `A backup holds no rows of materialized views; a restore computes them. Run the view's own query: it is in pg_matviews.definition, where matviewname = ${quoteLiteral(name)}.`;
}
