import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SchemaDump } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { readEntries, type ScriptEntry } from '../../../lib/engine/sql-script/entries.ts';
import { fitToMajor } from '../../../lib/engine/sql-script/majors/fit-to-major.ts';
import { splitStatements } from '../../../lib/engine/sql-script/statements.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { dumpDatabase, runPlainPgDump } from './dump-with.ts';
import { richSchema, TABLESPACE_STATEMENTS } from './rich-schema.ts';

const SETTING = /^SET default_(tablespace|table_access_method) = (.*);$/;
/** Only these are stored somewhere: for others it means nothing which tablespace is set. */
const STORED =
  /^CREATE (?:UNLOGGED )?TABLE |^CREATE MATERIALIZED|^CREATE (?:UNIQUE )?INDEX|ADD CONSTRAINT \S+ (?:PRIMARY|UNIQUE|EXCLUDE)/;

/** Entries without the settings between them, and what was set when a stored one was made. */
function readSection(script: string): string[] {
  const { preamble, entries } = readEntries(script.replace(/^\\(un)?restrict key\n/gm, ''));
  const state = new Map<string, string>();
  for (const { text } of preamble) note(state, text);
  return entries.map((entry) => {
    for (const { text } of entry.statements) note(state, text);
    const text = withoutSettings(entry);
    const stored = STORED.test(text) ? `set: ${state.get('tablespace')}` : '';
    return `${entry.type}\n${stored}\n${text}`;
  });
}

function note(state: Map<string, string>, statement: string): void {
  const [, name, value] = SETTING.exec(statement) ?? [];
  // Table access methods are for tables, which post-data has none of.
  if (name === 'tablespace' && value !== undefined) state.set(name, value);
}

function withoutSettings(entry: ScriptEntry): string {
  return entry.statements
    .map(({ text }) => text)
    .filter((text) => !SETTING.test(text))
    .join('\n');
}

/** Sends statements in messages of the extended protocol: the server refuses one that holds more than one statement. */
async function replay(client: pg.Client, section: Buffer): Promise<void> {
  for (const { text } of splitStatements(section.toString('utf8'))) {
    const oneStatement = { text, queryMode: 'extended' };
    await client.query(oneStatement);
  }
}

function eventTriggersLast(entries: readonly string[]): string[] {
  const { last = [], others = [] } = Object.groupBy(entries, (entry) =>
    /^EVENT TRIGGER\n|^COMMENT ON EVENT TRIGGER |^ALTER EVENT TRIGGER /m.test(entry) ? 'last' : 'others',
  );
  return [...others, ...last];
}

describe.each<ServerMajor>([14, 15, 17, 18])('a schema of PostgreSQL %i, dumped in one run', (major) => {
  let server: PostgresServer;
  let source: SchemaDump;

  beforeAll(async () => {
    server = await startPostgres({ major, settings: { wal_level: 'logical' } });
    const client = await server.connect();
    await client.query(richSchema(major));
    if (major >= 15) for (const statement of TABLESPACE_STATEMENTS) await client.query(statement);
    source = await dumpDatabase(server);
  });
  afterAll(() => server.stop());

  test('is cut into what a run for each section writes', async () => {
    const alone = async (section: string) => {
      const script = await runPlainPgDump(server, [`--section=${section}`]);
      return readSection(script).map((entry) => {
        const [type = '', ...statements] = entry.split('\n');
        return [type, fitToMajor(Buffer.from(statements.join('\n')), major).toString('utf8')].join('\n');
      });
    };
    const preDataOnly = await alone('pre-data');
    // Event triggers come last of all, so that they act on nothing that a restore makes.
    const postDataOnly = eventTriggersLast(await alone('post-data'));
    // Where another table has the name that 18 gives to NOT NULL, it is spelled out: see sql-script/not-null-names.ts.
    const preData = source.preData
      .toString('utf8')
      .replace(/ CONSTRAINT "\w+_not_null" NOT NULL/g, ' NOT NULL');
    expect(readSection(preData)).toEqual(preDataOnly);
    expect(readSection(source.postData.toString('utf8'))).toEqual(postDataOnly);
    expect(preDataOnly.length).toBeGreaterThan(100);
    expect(new Set(postDataOnly.map((entry) => entry.split('\n')[0]))).toEqual(
      new Set([
        'ACL',
        'CHECK CONSTRAINT',
        'COMMENT',
        'CONSTRAINT',
        'DEFAULT ACL',
        'EVENT TRIGGER',
        'FK CONSTRAINT',
        'FUNCTION',
        'INDEX',
        'INDEX ATTACH',
        'MATERIALIZED VIEW',
        'MATERIALIZED VIEW DATA',
        'POLICY',
        'PUBLICATION',
        'PUBLICATION TABLE',
        ...(major >= 15 ? ['PUBLICATION TABLES IN SCHEMA'] : []),
        'ROW SECURITY',
        'RULE',
        'STATISTICS',
        'SUBSCRIPTION',
        'TRIGGER',
      ]),
    );
  });

  test('comes back in its own major, statement by statement, and nothing that only looked like one', async () => {
    await server.run('CREATE DATABASE restored TEMPLATE template0');
    const client = await server.connect('restored');
    await client.query("SET check_function_bodies = off; SET search_path = ''");
    await replay(client, source.preData);
    await replay(client, source.postData);
    const restored = await dumpDatabase(server, 'restored');
    expect(restored.preData.toString('utf8')).toBe(source.preData.toString('utf8'));
    expect(restored.postData.toString('utf8')).toBe(source.postData.toString('utf8'));
    expect(restored.preData.toString('utf8')).toContain('CREATE TABLE public.victim (');
  });
});
