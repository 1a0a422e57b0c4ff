import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readEntries } from '../../../lib/engine/sql-script/entries.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { dumpDatabase } from './dump-with.ts';
import { richSchema, TABLESPACE_STATEMENTS } from './rich-schema.ts';

const PG_DUMP_15 = '/usr/lib/postgresql/15/bin/pg_dump';

/** What pg_dump 15 writes, as pg_dump 18 writes the same; large objects are in their own section since 17. */
function asNewer(statement: string, type: string): string {
  if (type === 'SUBSCRIPTION')
    return statement.replace("slot_name = 'sub')", "slot_name = 'sub', streaming = off)");
  if (type === 'DEFAULT ACL') return statement.replace(/ {2}(TO|FROM) /, ' $1 ');
  if (type === 'FOREIGN TABLE')
    return statement.replace(/^ALTER FOREIGN TABLE (?=.* ALTER COLUMN)/, 'ALTER FOREIGN TABLE ONLY ');
  if (['VIEW', 'MATERIALIZED VIEW', 'SEQUENCE'].includes(type)) {
    return statement.replace(/^ALTER TABLE (?=[\s\S]* OWNER TO )/, `ALTER ${type} `);
  }
  return statement;
}

function statements(script: string, adapt = (statement: string, _type: string) => statement): string[] {
  return readEntries(script)
    .entries.filter(({ type, name }) => type !== 'BLOB' && !name.startsWith('LARGE OBJECT'))
    .flatMap(({ type, statements: own }) => own.map(({ text }) => `${type}: ${adapt(text, type)}`));
}

describe('against Debian’s own pg_dump', () => {
  test.runIf(existsSync(PG_DUMP_15))(
    '15: the same statements in the same order (needs pg_dump 15)',
    async () => {
      const server = await startPostgres({ major: 15, settings: { wal_level: 'logical' } });
      try {
        const client = await server.connect();
        await client.query(richSchema(15));
        for (const statement of TABLESPACE_STATEMENTS) await client.query(statement);
        const ours = await dumpDatabase(server);
        const native = (section: string) =>
          execFileSync(PG_DUMP_15, [`--section=${section}`, '--encoding=UTF8', '-d', server.url()], {
            encoding: 'utf8',
          }).replaceAll(/^\\(un)?restrict [A-Za-z0-9]{20,}\n/gm, '');
        expect(statements(ours.preData.toString('utf8'))).toEqual(statements(native('pre-data'), asNewer));
        // What 15 has no word for stands behind, for newer servers: see fit-to-major.ts.
        const own = statements(ours.postData.toString('utf8')).filter((one) => !one.includes(': DO $fit$ '));
        // Event triggers come last of all, so that they act on nothing that a restore makes.
        const others = statements(native('post-data'), asNewer);
        const isOfEventTrigger = (one: string) => one.includes(' EVENT TRIGGER ');
        expect(own).toEqual([
          ...others.filter((one) => !isOfEventTrigger(one)),
          ...others.filter(isOfEventTrigger),
        ]);
      } finally {
        await server.stop();
      }
    },
  );
});
