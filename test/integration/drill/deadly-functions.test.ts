import { describe, expect, it } from 'vitest';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { takeBackup, testVault } from '../../support/vaults.ts';

/** The embedded server dies of a conversion to LATIN1. */
const SQL = `
CREATE TABLE before (id int PRIMARY KEY); INSERT INTO before SELECT generate_series(1, 1000);
CREATE FUNCTION is_latin(text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.convert_to($1, ''LATIN1'') IS NOT NULL';
CREATE FUNCTION in_latin(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.convert_to($1, ''LATIN1'')';
CREATE TABLE checked (id int PRIMARY KEY, name text CHECK (is_latin(name)));
INSERT INTO checked SELECT g, 'ä' || g FROM generate_series(1, 100) g;
CREATE TABLE indexed (id int PRIMARY KEY, name text);
INSERT INTO indexed SELECT g, 'ü' || g FROM generate_series(1, 100) g;
CREATE INDEX indexed_latin ON indexed (in_latin(name));
CREATE MATERIALIZED VIEW latin AS SELECT id, in_latin(name) AS name FROM indexed;
CREATE TABLE later (id int PRIMARY KEY REFERENCES before, checked int REFERENCES checked);
INSERT INTO later SELECT g, g FROM generate_series(1, 100) g;
`;

describe.each<ServerMajor>([15, 18])('functions of PostgreSQL %i that kill the embedded server', (major) => {
  // It starts three times.
  it('cost the proof of nothing but what calls them', { timeout: 400_000 }, async () => {
    const vault = await testVault();
    const server = await startPostgres({ major });
    try {
      await server.run(SQL);
      const { place } = await takeBackup(server.url(), vault);
      const report = await drill({ store: vault.store, place });
      expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
      const verdicts = report.items.map(({ kind, name, verdict }) => `${kind} ${name}: ${verdict}`);
      expect(verdicts.sort()).toEqual([
        'foreign-key later_checked_fkey on public.later: skipped',
        'foreign-key later_id_fkey on public.later: match',
        'statement constraint later_checked_fkey on public.later: ALTER TABLE ADD CONSTRAINT: skipped',
        'statement index indexed_latin on public.indexed: CREATE INDEX: skipped',
        'statement materialized view public.latin: REFRESH MATERIALIZED VIEW: skipped',
        'table public.before: match',
        'table public.checked: skipped',
        'table public.indexed: match',
        'table public.later: match',
      ]);
      const checked = report.items.find(({ name }) => name === 'public.checked');
      expect(checked).toMatchObject({
        rows: 100,
        reason: expect.stringContaining('the embedded server died'),
      });
    } finally {
      await server.stop();
      vault.remove();
    }
  });
});
