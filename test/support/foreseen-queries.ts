import type pg from 'pg';
import { queryRows } from '../../lib/engine/connection/query-rows.ts';
import { isOfSnapshot } from '../../lib/engine/schema-dump/of-snapshot.ts';
import { textOf } from '../../lib/engine/schema-dump/own-answers.ts';
import { runPgDump } from '../../lib/engine/schema-dump/run-pg-dump.ts';
import { reportedParameters } from '../../lib/engine/schema-dump/session-state.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Catalogs whose size does not depend on the tables of a user. */
const SMALL =
  'am|cast|collation|conversion|default_acl|event_trigger|extension|foreign_data_wrapper|foreign_server|init_privs|language|namespace|operator|opclass|opfamily|publication|publication_namespace|transform|ts_config|ts_dict|ts_parser|ts_template';
const READS_SMALL = new RegExp(`^SELECT .*? FROM (?:pg_catalog\\.)?pg_(?:${SMALL})(?: [a-z])?(?: |$)`, 's');
const MEMBERS_OF_EXTENSIONS = /FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'/;
/** Not the time-outs, which Lifeboat answers by itself. */
const SETS =
  /^SET (?!\w+_timeout )|^set client_encoding to 'UTF8'$|^SELECT (?:pg_catalog\.)?set_config\(|^SELECT pg_catalog\.(?:pg_is_in_recovery|current_schemas)\(/;

/** The queries that pg_dump sends to this server, whatever is in the database, and that may be asked before. */
export async function recordForeseen(server: PostgresServer, database?: string): Promise<string[]> {
  const client = await server.connect(database);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const parameters = await reportedParameters(queryRows(client));
    const asked = recordQueries(client);
    const outcome = await runPgDump({
      ...{ client, parameters, signal: new AbortController().signal, deadlineMs: 30_000, writesNoData: true },
      args: ['--section=pre-data', '--section=post-data', '--no-statistics', '--encoding=UTF8'],
    });
    if (outcome.failure !== undefined) throw new Error(outcome.failure);
    return asked.filter(
      (query) =>
        isOfSnapshot(query) &&
        (SETS.test(query) ||
          MEMBERS_OF_EXTENSIONS.test(query) ||
          (READS_SMALL.test(query) && !query.includes(' FROM pg_proc '))),
    );
  } finally {
    await client.end();
  }
}

/** Collects the text of each message that is sent to the server. */
export function recordQueries(client: pg.Client, asked: string[] = []): string[] {
  const { stream } = (client as unknown as { connection: pg.Connection }).connection;
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  stream.write = ((...given: unknown[]) => {
    if (given[0] instanceof Uint8Array) asked.push(textOf(given[0]));
    return write(...given);
  }) as typeof stream.write;
  return asked;
}
