import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { catalogMajor } from '../catalog/catalog-major.ts';
import type { DetachedPartition } from '../catalog/detached-partitions.ts';
import type { ExtractField } from '../catalog/extract-fields.ts';
import { readServerOptions } from '../catalog/read-server-options.ts';
import type { SelfReadingView } from '../catalog/self-reading-views.ts';
import { SQLSTATE_DEADLOCK, SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { type QueryRows, queryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import { guardUnknownOptions, leaveOutServerOptions } from '../options/leave-out-options.ts';
import type { ServerOptions } from '../options/server-options.ts';
import { LOCK_TIMEOUT_MS } from '../snapshot/lock-relations.ts';
import { fitToMajor } from '../sql-script/majors/fit-to-major.ts';
import { newerConstructs } from '../sql-script/majors/newer-constructs.ts';
import { quoteNewerWords } from '../sql-script/majors/newer-words.ts';
import { NotNullNames } from '../sql-script/not-null-names.ts';
import { answerInTime, type Patience } from './answer-in-time.ts';
import { writeEmptyLists } from './empty-lists.ts';
import { foreseenQueries } from './foreseen-answers.ts';
import { keysOfDetached, leaveDetached } from './leave-detached.ts';
import { readAdditions } from './newer-server/additions.ts';
import type { AddedClause } from './newer-server/complete-entry.ts';
import { versionForPgDump, withReportedVersion } from './newer-server/reported-version.ts';
import { changeEntries, changesNothing, type EntryChanges } from './omit-entries.ts';
import type { RelationName } from './own-answers.ts';
import { readPgDumpMessages, schemaDumpFailed } from './pg-dump-messages.ts';
import type { PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { formatSection, readPlainDump } from './plain-dump.ts';
import { refuseForeign, refuseInjected } from './refuse-injected.ts';
import { type PgDumpOutcome, type PgDumpService, servePgDump } from './run-pg-dump.ts';
import { splitSections } from './sections.ts';
import { makeSelfReadingTwice } from './self-reading-views.ts';
import { readSessionState, reportedParameters, restoreSessionState } from './session-state.ts';
import { type PgDumpThread, startPgDump } from './start-pg-dump.ts';

export interface SchemaDumpRequest extends Patience {
  /**
   * A connected, idle client inside the REPEATABLE READ READ ONLY transaction whose snapshot is to be dumped.
   */
  readonly client: pg.Client;
  /**
   * Additional arguments for pg_dump that leave objects out, such as `--exclude-schema=auth`. They must not
   * concern sections, files or connections.
   */
  readonly arguments?: readonly string[];
  /** Catalog rows (`pg_trigger` → OIDs) whose entries are removed from the dump. */
  readonly omitted?: ReadonlyMap<string, ReadonlySet<number>>;
  /** Values that replace those reported by the server, such as `server_version`. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** A thread that was started earlier to save time. */
  readonly thread?: PgDumpThread | undefined;
  /** Relations that stay locked until the dump is done: pg_dump need not lock them. @default none is known */
  readonly locked?: readonly RelationName[] | undefined;
  /**
   * The transaction of `client` is made for this dump, holds no locks, and is rolled back after it. It waits no
   * longer for a lock than {@link LOCK_TIMEOUT_MS}, and the state of the session is not restored.
   * @default false
   */
  readonly beside?: boolean;
}

export interface SchemaDump {
  /**
   * Without the session header, in UTF-8 (for SQL_ASCII: unchanged bytes). Secrets of the catalog are still
   * in these scripts.
   */
  readonly preData: Buffer;
  readonly postData: Buffer;
  /** `18.3` */
  readonly pgDumpVersion: string;
  /** The warnings of pg_dump. */
  readonly warnings: readonly string[];
  /** Options that are not in the dump, because the server sets them by itself. */
  readonly serverOptions: ServerOptions;
}

/** The session already holds a lock on every table, so pg_dump should never have to wait for one. */
const LOCK_WAIT_MS = 2000;

/** lock_not_available, deadlock_detected, and out_of_memory, which also says that the lock table is full. */
const NO_LOCK = new Set([SQLSTATE_LOCK_NOT_AVAILABLE, SQLSTATE_DEADLOCK, '53200']);

/** The number of messages to report. With --verbose, hundreds of lines come before them. */
const LAST_WORDS = 5;

/** Changes to make in the output of pg_dump. */
export interface SchemaDumpChanges {
  /** Partitions that must not be attached, because their detach is pending. */
  readonly detached?: readonly DetachedPartition[];
  /** Fields of EXTRACT that must not appear unquoted in the dump. */
  readonly extractFields?: readonly ExtractField[];
  /** Views that cannot be created with a single statement. */
  readonly selfReading?: readonly SelfReadingView[];
  /** OIDs of dropped roles that still own something. pg_dump would fail at the first one. */
  readonly goneRoles?: readonly number[];
}

/** What must be known while pg_dump is answered. */
export type AnswerOptions = Pick<PgDumpService, 'goneRoles' | 'described'>;

/** A schema dump that was started and waits for answer() or finish(). */
export interface BegunSchemaDump {
  /**
   * Answers pg_dump until it is done. The session must not be used meanwhile. Returns `refused` if pg_dump
   * failed because it could not get a lock; finish() then throws `schema-dump-failed`.
   */
  answer(options?: AnswerOptions): Promise<'done' | 'refused'>;
  /** Answers pg_dump, unless that is done, and makes the scripts. */
  finish(changes?: SchemaDumpChanges): Promise<SchemaDump>;
  /** Stops the dump if it is not done. Must always be called. */
  stop(): Promise<void>;
}

/**
 * Dumps the schema through the caller's own session, under its snapshot and its locks. The state of the
 * session is restored afterwards, but its prepared statements are lost. Throws `schema-dump-failed` with
 * pg_dump's messages, `source-connection-lost`, `source-not-answering`, or the reason of `signal`. After an
 * error, the transaction cannot be used any more.
 */
export async function dumpSchema(request: SchemaDumpRequest): Promise<SchemaDump> {
  const dump = await beginSchemaDump(request);
  try {
    return await dump.finish();
  } finally {
    await dump.stop();
  }
}

/**
 * Dumps the schema in two steps. pg_dump is compiled and starts up while the session does other work, and
 * sends no query to the server before `finish()`. (If it was only started by `finish()`, its first query came
 * 0.08 s later.)
 */
export async function beginSchemaDump(request: SchemaDumpRequest): Promise<BegunSchemaDump> {
  const { client, signal, deadlineMs, locked, beside = false } = request;
  signal.throwIfAborted();
  const query = queryRows(client);
  const asked = Promise.all([
    beside ? new Map<string, string>() : readSessionState(query),
    // Lifeboat's lexer relies on this setting, whatever the database or role has set.
    query('SET standard_conforming_strings = on'),
    reportedParameters(query),
    readChanges(query, request.omitted),
    readServerOptions(query),
    ...(beside ? [query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`)] : []),
  ]);
  const [before, , reported, changes, serverOptions] = await answerInTime(asked, request);
  const parameters = new Map([
    ...reported,
    ...versionForPgDump(reported.get('server_version')),
    ...(request.parameters ?? []),
  ]);
  const restrictKey = randomBytes(16).toString('hex');
  const thread = request.thread ?? startPgDump();
  thread.run({
    args: [
      '--section=pre-data',
      '--section=post-data',
      '--no-statistics',
      `--encoding=${reported.get('server_encoding') === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'}`,
      `--lock-wait-timeout=${LOCK_WAIT_MS}`,
      `--restrict-key=${restrictKey}`,
      ...(request.arguments ?? []),
      ...(changesNothing(changes) ? [] : ['--verbose']),
    ],
    writesNoData: true,
    parameters,
  });
  let answered: Promise<PgDumpOutcome> | undefined;
  const answer = (options: AnswerOptions) => {
    const foreseen = foreseenQueries(Number.parseInt(parameters.get('server_version') ?? '', 10));
    const service = {
      ...{ client, thread, signal, deadlineMs, foreseen, keepsLockTimeout: beside },
      ...options,
    };
    answered ??= servePgDump(locked === undefined ? service : { ...service, locked });
    return answered;
  };
  return {
    async answer(options = {}) {
      const { failure, sqlState } = await answer(options);
      return failure !== undefined && NO_LOCK.has(sqlState ?? '') ? 'refused' : 'done';
    },
    async finish({ detached = [], extractFields = [], selfReading = [], goneRoles = [] } = {}) {
      const outcome = await answer({ goneRoles });
      const serverVersion = reported.get('server_version') ?? '';
      const asked = { restrictKey, changes, serverVersion, serverOptions };
      const context = { ...asked, detached, extractFields, selfReading };
      const dump = filesOf(outcome, context);
      if (!beside) await answerInTime(restoreSessionState(query, before), request);
      return dump;
    },
    stop: () => thread.stop(),
  };
}

interface DumpContext {
  readonly restrictKey: string;
  readonly changes: EntryChanges;
  readonly serverVersion: string;
  readonly serverOptions: ServerOptions;
  readonly detached: readonly DetachedPartition[];
  readonly extractFields: readonly ExtractField[];
  readonly selfReading: readonly SelfReadingView[];
}

function filesOf(outcome: PgDumpThreadOutcome, context: DumpContext): SchemaDump {
  const { restrictKey, changes, serverVersion, serverOptions, detached, extractFields, selfReading } =
    context;
  const { errors, warnings } = readPgDumpMessages(Buffer.from(outcome.stderr).toString('utf8'));
  if (outcome.failure !== undefined) throw schemaDumpFailed(errors.slice(-LAST_WORDS), outcome.failure);
  if (outcome.libraryChanged) throw libraryChanged();
  const plain = readPlainDump(outcome.file, restrictKey);
  const dump = { ...plain, versions: withReportedVersion(plain.versions, serverVersion) };
  const major = Number.parseInt(serverVersion, 10);
  refuseInjected(dump.body, extractFields);
  const kept = changesNothing(changes) ? dump.body : changeEntries(dump.body, changes);
  const readable = makeSelfReadingTwice(writeEmptyLists(kept, major), selfReading);
  const { preData, postData } = splitSections(leaveDetached(readable, detached));
  const scriptOf = (entries: string) => {
    const script = leaveOutServerOptions(formatSection(dump, entries), serverOptions);
    return quoteNewerWords(fitToMajor(guardUnknownOptions(script), major), major);
  };
  const fitted = {
    preData: scriptOf(preData),
    postData: scriptOf(postData + keysOfDetached(detached)),
  };
  const scripts = [fitted.preData, fitted.postData];
  refuseForeign('pre-data.sql', fitted.preData);
  refuseForeign('post-data.sql', fitted.postData);
  return {
    ...fitted,
    preData: nameNotNulls(fitted.preData, fitted.postData),
    pgDumpVersion: dump.pgDumpVersion,
    warnings: [...warnings, ...scripts.flatMap((script) => unreadable(script, major))],
    serverOptions,
  };
}

/** Syntax that fitToMajor does not know yet: a restore into the source's own major would fail there. */
function unreadable(script: Buffer, major: number): string[] {
  return newerConstructs(script.toString('latin1'), major).map(
    ({ what, since, object }) =>
      `${Buffer.from(object, 'latin1').toString('utf8')}: the dump says ${what}, which servers before ${since} cannot read`,
  );
}

/**
 * Names NOT NULL constraints so that psql can also restore on a newer server: see
 * sql-script/not-null-names.ts.
 */
function nameNotNulls(preData: Buffer, postData: Buffer): Buffer {
  // If the bytes are not valid UTF-8, the lengths of names are counted in characters.
  const encoding = isUtf8(preData) && isUtf8(postData) ? 'utf8' : 'latin1';
  const script = preData.toString(encoding);
  const names = new NotNullNames([script, postData.toString(encoding)]);
  return Buffer.from(names.fitScript(script), encoding);
}

/**
 * Reads what to leave out, and what pg_dump does not know of a newer server. pg_dump names catalogs by their
 * OIDs.
 */
async function readChanges(
  query: QueryRows,
  omitted: SchemaDumpRequest['omitted'] = new Map(),
): Promise<EntryChanges> {
  const { clauses, misread } = await readAdditions(query, await catalogMajor(query), omitted);
  const names = new Set([...omitted.keys(), ...clauses.keys(), ...misread.keys()]);
  if (names.size === 0) return { omitted: new Map(), completed: new Map() };
  const rows = await query(
    `SELECT c.oid::text AS oid, c.relname::text AS name FROM pg_catalog.pg_class c
      WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'`,
  );
  const byOid = new Map<number, Set<number>>();
  const completed = new Map<number, ReadonlyMap<number, readonly AddedClause[]>>();
  for (const { oid, name } of rows) {
    const gone = [omitted, misread].flatMap((one) => [...(one.get(String(name)) ?? [])]);
    if (gone.length > 0) byOid.set(Number(oid), new Set(gone));
    const added = clauses.get(String(name));
    if (added !== undefined) completed.set(Number(oid), added);
  }
  return { omitted: byOid, completed };
}

function libraryChanged(): LifeboatError {
  return new LifeboatError({
    code: 'schema-dump-library-changed',
    kind: 'internal',
    what: 'The library that runs pg_dump returned a text that differs from what pg_dump wrote.',
    meaning:
      'The library changes dumps in a way that this Lifeboat does not know, so neither text is trusted.',
    remedy: 'Install the versions in package-lock.json, or report it.',
  });
}
