import { describe, expect, test } from 'vitest';
import { readEntries, type ScriptEntry } from '../../../lib/engine/sql-script/entries.ts';
import { type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
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

describe.each<ServerMajor>([14, 15, 17, 18])('of PostgreSQL %i', (major) => {
  test('one run, cut in two, is what a run for each section writes', async () => {
    const server = await startPostgres({ major, settings: { wal_level: 'logical' } });
    try {
      const client = await server.connect();
      await client.query(richSchema(major));
      if (major >= 15) for (const statement of TABLESPACE_STATEMENTS) await client.query(statement);

      const { preData, postData } = await dumpDatabase(server);

      const preDataOnly = readSection(await runPlainPgDump(server, ['--section=pre-data']));
      const postDataOnly = readSection(await runPlainPgDump(server, ['--section=post-data']));
      expect(readSection(preData.toString('utf8'))).toEqual(preDataOnly);
      expect(readSection(postData.toString('utf8'))).toEqual(postDataOnly);
      expect(preDataOnly.length).toBeGreaterThan(100);
      expect(new Set(postDataOnly.map((entry) => entry.split('\n')[0]))).toEqual(
        new Set([
          'CHECK CONSTRAINT',
          'COMMENT',
          'CONSTRAINT',
          'DEFAULT ACL',
          'EVENT TRIGGER',
          'FK CONSTRAINT',
          'INDEX',
          'INDEX ATTACH',
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
    } finally {
      await server.stop();
    }
  });
});
