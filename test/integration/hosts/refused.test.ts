import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup } from '../../../lib/engine/backup/backup.ts';
import { connect } from '../../../lib/engine/connection/connect.ts';
import {
  type ConnectionSettings,
  connectionSettings,
} from '../../../lib/engine/connection/connection-settings.ts';
import { sourceFindings } from '../../../lib/engine/doctor/source-findings.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { newPlace, takeBackup } from '../../support/vaults.ts';
import { type Pooler, type PoolMode, startPooler } from './pooler.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  await server.run(`
    CREATE ROLE project LOGIN PASSWORD 'secret'; CREATE ROLE other;
    CREATE TABLE notes (owner text, note text); INSERT INTO notes VALUES ('a', 'b');
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON notes USING (owner = current_user);
    GRANT SELECT ON notes TO project;
    CREATE SCHEMA realtime; CREATE TYPE realtime.action AS ENUM ('INSERT');
    CREATE TABLE realtime.log (a realtime.action);
    CREATE SCHEMA graphql; CREATE TABLE graphql.t (a int);`);
});
afterAll(() => server?.stop());

describe('a role that cannot see everything', () => {
  const url = () => server.url().replace('postgres:lifeboat-test', 'project:secret');

  it('is refused before the first byte, with the statement that mends it', async () => {
    const store = new MemoryStore();
    await server.run(
      'GRANT USAGE ON SCHEMA realtime, graphql TO project; GRANT SELECT ON realtime.log TO project',
    );
    const refused = await takeBackup(url(), { store }).catch((error) => error);
    expect(refused).toMatchObject({ code: 'source-rows-hidden' });
    const [statement = ''] = /ALTER ROLE project BYPASSRLS/.exec(refused.remedy) ?? [];
    await server.run(statement);
    const unreadable = await takeBackup(url(), { store }).catch((error) => error);
    expect(unreadable).toMatchObject({
      code: 'source-tables-unreadable',
      what: expect.stringContaining('graphql.t'),
    });
    const [grant = ''] = /GRANT pg_read_all_data TO project/.exec(unreadable.remedy) ?? [];
    expect(store.objects.size).toBe(0);
    await server.run(grant);
    await takeBackup(url(), { store });
  });
});

describe("an object of the host's that a user's table needs", () => {
  it('stays, while the rest of what is the host’s is left out', async () => {
    await server.run('CREATE DATABASE needy');
    await server.run(
      `CREATE SCHEMA realtime; CREATE TYPE realtime.action AS ENUM ('INSERT'); CREATE TABLE realtime.log (a int);
       CREATE SCHEMA graphql; CREATE TABLE graphql.t (a int);
       CREATE TABLE public.mine (action realtime.action DEFAULT 'INSERT'); INSERT INTO public.mine DEFAULT VALUES`,
      'needy',
    );
    const { manifest } = await takeBackup(
      server.url('needy'),
      { store: new MemoryStore() },
      { hostProfile: 'supabase' },
    );
    expect(manifest.tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual([
      'public.mine',
      'realtime.log',
    ]);
    expect(manifest.leftOut.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['graphql', 'graphql.t']),
    );
    expect(manifest.leftOut.map(({ name }) => name)).not.toContain('realtime');
  });
});

describe('a pooler', () => {
  async function through<T>(
    mode: PoolMode,
    use: (settings: ConnectionSettings, pooler: Pooler) => Promise<T>,
  ): Promise<T> {
    const pooler = await startPooler(server.url(), mode);
    try {
      const url = `postgres://postgres:x@127.0.0.1:${pooler.port}/postgres?sslmode=disable`;
      return await use(connectionSettings(url), pooler);
    } finally {
      await pooler.close();
    }
  }

  it('by transaction is refused, though its address does not tell, before anything is set or tried', async () => {
    const store = new MemoryStore();
    await through('transaction', async (settings, { queries }) => {
      await expect(backup({ settings, store, place: newPlace() })).rejects.toMatchObject({
        code: 'source-address-unusable',
        remedy: expect.stringMatching(/session mode/),
      });
      expect(queries.length).toBeGreaterThan(0);
      expect(queries.filter((query) => !/^SELECT pg_catalog.pg_backend_pid\(\)/.test(query))).toEqual([]);
    });
    expect(store.objects.size).toBe(0);
  });

  it('by transaction is told by the doctor, too', async () => {
    const findings = await through('transaction', (settings) =>
      sourceFindings({ settings, now: () => new Date(), signal: new AbortController().signal }),
    );
    expect(findings).toEqual([expect.objectContaining({ check: 'pooling', verdict: 'problem' })]);
  });

  it('by session is not in the way', async () => {
    await through('session', async (settings) => {
      const session = await connect(settings, { refusesPools: true });
      await session.end();
    });
  });
});
