import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { LifeboatError } from '../../errors.ts';
import { answerInTime, type Patience } from './answer-in-time.ts';
import { fitToMajor } from './fit-to-major.ts';
import { omitEntries } from './omit-entries.ts';
import { readPgDumpMessages, schemaDumpFailed } from './pg-dump-messages.ts';
import { formatSection, readPlainDump } from './plain-dump.ts';
import { runPgDump } from './run-pg-dump.ts';
import { splitSections } from './sections.ts';
import { readSessionState, reportedParameters, restoreSessionState } from './session-state.ts';
import type { PgDumpThread } from './start-pg-dump.ts';

export interface SchemaDumpRequest extends Patience {
  /** Connected, idle, and inside the REPEATABLE READ READ ONLY transaction whose snapshot is to be dumped. */
  readonly client: pg.Client;
  /** More arguments for pg_dump, to leave things out: `--exclude-schema=auth`. Nothing about sections, files or connections. */
  readonly arguments?: readonly string[];
  /** Rows of catalogs, `pg_trigger` → OIDs, whose entries are taken out of the dump. */
  readonly omitted?: ReadonlyMap<string, ReadonlySet<number>>;
  /** In place of what the server reports of itself: `server_version` and the like. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** Started before, so that no time is lost; this ends it. */
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

/**
 * Dumps the schema through the caller's own session: its snapshot, its locks. The session comes back as it was, prepared
 * statements apart, which are all gone. Throws `schema-dump-failed` with pg_dump's words, `source-connection-lost`,
 * `source-not-answering`, or the reason of `signal`; the transaction is of no further use then.
 */
export async function dumpSchema(request: SchemaDumpRequest): Promise<SchemaDump> {
  const { client, signal, deadlineMs } = request;
  signal.throwIfAborted();
  const before = await answerInTime(readSessionState(client), request);
  // What the lexer here takes for granted, whatever the database or role has set.
  await answerInTime(client.query('SET standard_conforming_strings = on'), request);
  const reported = await answerInTime(reportedParameters(client), request);
  const omitted = await answerInTime(byCatalogOid(client, request.omitted), request);
  const restrictKey = randomBytes(16).toString('hex');
  const outcome = await runPgDump({
    client,
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
    signal,
    deadlineMs,
    thread: request.thread,
  });
  const { errors, warnings } = readPgDumpMessages(Buffer.from(outcome.stderr).toString('utf8'));
  if (outcome.failure !== undefined) throw schemaDumpFailed(errors.slice(-LAST_WORDS), outcome.failure);
  if (outcome.libraryChanged) throw libraryChanged();
  await answerInTime(restoreSessionState(client, before), request);

  const dump = readPlainDump(outcome.file, restrictKey);
  const body = omitted.size === 0 ? dump.body : omitEntries(dump.body, omitted);
  const { preData, postData } = splitSections(body);
  const major = majorOf(reported);
  return {
    preData: fitToMajor(formatSection(dump, preData), major),
    postData: fitToMajor(formatSection(dump, postData), major),
    pgDumpVersion: dump.pgDumpVersion,
    warnings,
  };
}

/** pg_dump names catalogs by their OIDs. */
async function byCatalogOid(
  client: pg.Client,
  omitted: SchemaDumpRequest['omitted'] = new Map(),
): Promise<Map<number, ReadonlySet<number>>> {
  if (omitted.size === 0) return new Map();
  const { rows } = await client.query<{ oid: string; name: string }>(
    `SELECT c.oid::text AS oid, c.relname::text AS name FROM pg_catalog.pg_class c
      WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'`,
  );
  return new Map(
    rows.flatMap(({ oid, name }) => {
      const oids = omitted.get(name);
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
