import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { LifeboatError } from '../../errors.ts';
import { type QueryRows, queryRows } from '../catalog/query-rows.ts';
import { answerInTime, type Patience } from './answer-in-time.ts';
import { fitToMajor } from './fit-to-major.ts';
import { omitEntries } from './omit-entries.ts';
import { readPgDumpMessages, schemaDumpFailed } from './pg-dump-messages.ts';
import type { PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { formatSection, readPlainDump } from './plain-dump.ts';
import { servePgDump } from './run-pg-dump.ts';
import { splitSections } from './sections.ts';
import { readSessionState, reportedParameters, restoreSessionState } from './session-state.ts';
import { type PgDumpThread, startPgDump } from './start-pg-dump.ts';

export interface SchemaDumpRequest extends Patience {
  /** Connected, idle, and inside the REPEATABLE READ READ ONLY transaction whose snapshot is to be dumped. */
  readonly client: pg.Client;
  /** More arguments for pg_dump, to leave things out: `--exclude-schema=auth`. Nothing about sections, files or connections. */
  readonly arguments?: readonly string[];
  /** Rows of catalogs, `pg_trigger` → OIDs, whose entries are taken out of the dump. */
  readonly omitted?: ReadonlyMap<string, ReadonlySet<number>>;
  /** In place of what the server reports of itself: `server_version` and the like. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** Started before, so that no time is lost. */
  readonly thread?: PgDumpThread | undefined;
}

export interface SchemaDump {
  /** Without session header, in UTF-8 (SQL_ASCII: the bytes as they are); secrets of the catalog still in them. */
  readonly preData: Buffer;
  readonly postData: Buffer;
  /** `18.3` */
  readonly pgDumpVersion: string;
  /** What pg_dump warned of. */
  readonly warnings: readonly string[];
}

/** Every table is locked already by the session itself; a lock that has to be waited for is one too many. */
const LOCK_WAIT_MS = 2000;

/** With --verbose, hundreds of lines go before. */
const LAST_WORDS = 5;

/** A schema dump that has begun, and waits. */
export interface BegunSchemaDump {
  /**
   * Answers pg_dump until it is done. The session is not to be used meanwhile. `goneRoles`: OIDs that own something and are
   * no role's any more; pg_dump would give up at the first.
   */
  finish(goneRoles?: readonly number[]): Promise<SchemaDump>;
  /** Gives it up, unless it is done. To be called in either case. */
  stop(): Promise<void>;
}

/**
 * Dumps the schema through the caller's own session: its snapshot, its locks. The session comes back as it was, prepared
 * statements apart, which are all gone. Throws `schema-dump-failed` with pg_dump's words, `source-connection-lost`,
 * `source-not-answering`, or the reason of `signal`; the transaction is of no further use then.
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
 * The same in two steps: pg_dump is compiled and starts up while the session does other things, and asks the server nothing
 * before `finish()`. (Told to run only then, it asked its first question 0.08 s later.)
 */
export async function beginSchemaDump(request: SchemaDumpRequest): Promise<BegunSchemaDump> {
  const { client, signal, deadlineMs } = request;
  signal.throwIfAborted();
  const query = queryRows(client);
  const asked = Promise.all([
    readSessionState(query),
    // What the lexer here takes for granted, whatever the database or role has set.
    query('SET standard_conforming_strings = on'),
    reportedParameters(query),
    byCatalogOid(query, request.omitted),
  ]);
  const [before, , reported, omitted] = await answerInTime(asked, request);
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
      ...(omitted.size === 0 ? [] : ['--verbose']),
    ],
    parameters: new Map([...reported, ...(request.parameters ?? [])]),
  });
  return {
    async finish(goneRoles = []) {
      const outcome = await servePgDump({ client, thread, signal, deadlineMs, goneRoles });
      const dump = filesOf(outcome, { restrictKey, omitted, major: majorOf(reported) });
      await answerInTime(restoreSessionState(query, before), request);
      return dump;
    },
    stop: () => thread.stop(),
  };
}

interface DumpContext {
  readonly restrictKey: string;
  readonly omitted: ReadonlyMap<number, ReadonlySet<number>>;
  readonly major: number;
}

function filesOf(outcome: PgDumpThreadOutcome, { restrictKey, omitted, major }: DumpContext): SchemaDump {
  const { errors, warnings } = readPgDumpMessages(Buffer.from(outcome.stderr).toString('utf8'));
  if (outcome.failure !== undefined) throw schemaDumpFailed(errors.slice(-LAST_WORDS), outcome.failure);
  if (outcome.libraryChanged) throw libraryChanged();
  const dump = readPlainDump(outcome.file, restrictKey);
  const body = omitted.size === 0 ? dump.body : omitEntries(dump.body, omitted);
  const { preData, postData } = splitSections(body);
  return {
    preData: fitToMajor(formatSection(dump, preData), major),
    postData: fitToMajor(formatSection(dump, postData), major),
    pgDumpVersion: dump.pgDumpVersion,
    warnings,
  };
}

/** pg_dump names catalogs by their OIDs. */
async function byCatalogOid(
  query: QueryRows,
  omitted: SchemaDumpRequest['omitted'] = new Map(),
): Promise<Map<number, ReadonlySet<number>>> {
  if (omitted.size === 0) return new Map();
  const rows = await query(
    `SELECT c.oid::text AS oid, c.relname::text AS name FROM pg_catalog.pg_class c
      WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'`,
  );
  return new Map(
    rows.flatMap(({ oid, name }) => {
      const oids = omitted.get(String(name));
      return oids === undefined ? [] : [[Number(oid), oids] as const];
    }),
  );
}

function majorOf(reported: ReadonlyMap<string, string>): number {
  return Number.parseInt(reported.get('server_version') ?? '', 10);
}

function libraryChanged(): LifeboatError {
  return new LifeboatError({
    code: 'schema-dump-library-changed',
    kind: 'internal',
    what: 'The library that carries pg_dump returned another text than pg_dump wrote.',
    meaning: 'What it does to a dump is no longer what this Lifeboat knows of, so neither is trusted.',
    remedy: 'Install the versions in package-lock.json, or report it.',
  });
}
