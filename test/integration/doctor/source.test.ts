import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import type { Finding } from '../../../lib/engine/doctor/finding.ts';
import { sourceFindings } from '../../../lib/engine/doctor/source-findings.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { canSwitchOnTls, switchOnTls } from '../../support/server-tls.ts';

const signal = new AbortController().signal;

async function examine(url: string, now: () => Date = () => new Date()): Promise<Finding[]> {
  return sourceFindings({ settings: connectionSettings(url), now, signal });
}
const troubles = (findings: Finding[]) => findings.filter(({ verdict }) => verdict !== 'ok');
/** The SQL of a remedy. */
const pasted = (remedy: string) => [...remedy.matchAll(/`([^`]+;)`/g)].map(([, sql]) => sql).join('\n');
const finding = (findings: Finding[], check: string) => findings.find((one) => one.check === check);

let server: PostgresServer;
/** The same server under another role. */
const as = (role: string, database = 'postgres') =>
  server.url(database).replace(`postgres:${server.password}@`, `${role}:${role}@`);

beforeAll(async () => {
  server = await startPostgres({
    major: 15,
    settings: { max_connections: '20', max_locks_per_transaction: '10' },
  });
  await server.run(`CREATE TABLE open (id serial PRIMARY KEY); CREATE TABLE closed (id serial); CREATE TABLE partly (id int);
    SELECT lo_create(4711);
    CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
    REVOKE ALL ON closed FROM reader; ALTER TABLE partly ENABLE ROW LEVEL SECURITY;`);
});
afterAll(() => server?.stop());

describe('a source that is well', () => {
  it('has nothing told of it but that, and is left as it was', async () => {
    const findings = await examine(server.url());
    expect(troubles(findings)).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'connection',
      'tls',
      'server-version',
      'pooling',
      'clock',
      'readable-tables',
      'readable-sequences',
      'readable-large-objects',
      'lock-table',
      'free-connections',
      'standby',
      'drillable',
      'unfinished-restore',
      'source-health',
      'lockable-tables',
      'schema-dump',
    ]);
    expect(finding(findings, 'schema-dump')?.what).toMatch(/^pg_dump 18\.\d+ can read the schema/);
    const client = await server.connect();
    const { rows } = await client.query(
      `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name = 'lifeboat'`,
    );
    await client.end();
    expect(rows).toEqual([{ sessions: 0 }]);
  });
});

describe('a role', () => {
  it('that may not read everything is told what, and how to grant it', async () => {
    const findings = await examine(as('reader'));
    const [tables, hidden] = findings.filter(({ check }) => check === 'readable-tables');
    expect(tables).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('reader may not read public.closed'),
      remedy: expect.stringContaining('GRANT pg_read_all_data TO reader'),
    });
    expect(hidden).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('Row-level security hides rows of public.partly'),
    });
    expect(finding(findings, 'readable-sequences')).toMatchObject({
      verdict: 'problem',
      remedy: expect.stringContaining('GRANT SELECT ON ALL SEQUENCES IN SCHEMA "public" TO reader;'),
    });
    expect(finding(findings, 'readable-large-objects')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('4711'),
      remedy: expect.stringContaining('GRANT SELECT ON LARGE OBJECT %s TO reader'),
    });
    // What is to do can be pasted, and does it.
    for (const one of findings) await server.run(pasted(one.remedy ?? ''));
    expect(troubles(await examine(as('reader'))).map(({ what }) => what)).toEqual([]);
    // It would say the same once more.
    expect(finding(findings, 'lockable-tables')).toBeUndefined();
  });

  it('that may have two connections is told that a backup needs three', async () => {
    await server.run('ALTER ROLE reader CONNECTION LIMIT 2');
    expect(finding(await examine(as('reader')), 'free-connections')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('The role is limited to 2 connections'),
      remedy: expect.stringContaining('`ALTER ROLE reader CONNECTION LIMIT -1;`'),
    });
    await server.run('ALTER ROLE reader CONNECTION LIMIT -1');
  });

  it('that does not get in is told why, and nothing else is asked', async () => {
    const findings = await examine(server.url().replace(server.password, 'wrong-password'));
    expect(findings).toEqual([
      expect.objectContaining({
        check: 'connection',
        verdict: 'problem',
        remedy: expect.stringContaining('password'),
      }),
    ]);
    expect(JSON.stringify(findings)).not.toContain('wrong-password');
  });
});

describe('what a server has too little of', () => {
  it('locks, for so many tables', async () => {
    await server.run('CREATE DATABASE many');
    /** In several transactions, for they would not find room for their locks either. */
    const make = async (from: number, to: number) => {
      for (let first = from; first <= to; first += 50) {
        const last = Math.min(to, first + 49);
        const loop = `FOR n IN ${first}..${last} LOOP EXECUTE 'CREATE TABLE t' || n || ' ()'; END LOOP`;
        await server.run(`DO $$ BEGIN ${loop}; END $$`, 'many');
      }
      return finding(await examine(server.url('many')), 'lock-table');
    };
    expect(await make(1, 150)).toMatchObject({
      verdict: 'warning',
      what: expect.stringContaining('150 here, and the server has room for 200 locks'),
      remedy: expect.stringContaining('`ALTER SYSTEM SET max_locks_per_transaction = 64;`'),
    });
    expect((await make(151, 210))?.verdict).toBe('problem');
  });

  it('free connections', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => server.connect()));
    const busy = finding(await examine(server.url()), 'free-connections');
    expect(busy).toMatchObject({
      verdict: 'warning',
      what: expect.stringContaining('uses 1 of them to copy rows'),
    });
    const more = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
    expect(finding(await examine(server.url()), 'free-connections')?.verdict).toBe('problem');
    await Promise.all([...clients, ...more].map((client) => client.end()));
  });
});

it('a migration that is in the way is named, after a few seconds', async () => {
  const migration = await server.connect();
  await migration.query('BEGIN; LOCK TABLE open');
  const findings = await examine(server.url());
  expect(finding(findings, 'lockable-tables')).toMatchObject({
    verdict: 'problem',
    what: expect.stringContaining('LOCK TABLE open'),
    remedy: expect.stringMatching(/`SELECT pg_terminate_backend\(\d+\);`/),
  });
  await migration.query('ROLLBACK');
  await migration.end();
});

it('clocks that do not agree', async () => {
  const shifted = (minutes: number) => () => new Date(Date.now() + minutes * 60_000);
  expect(finding(await examine(server.url(), shifted(2)), 'clock')).toMatchObject({
    verdict: 'warning',
    what: expect.stringMatching(/1[12]\d s ahead of the source's/),
  });
  expect(finding(await examine(server.url(), shifted(-20)), 'clock')).toMatchObject({
    verdict: 'problem',
    what: expect.stringContaining('behind'),
  });
});

it('what an embedded drill cannot prove is said beforehand', async () => {
  await server.run("CREATE DATABASE odd ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
  await server.run('CREATE EXTENSION postgres_fdw', 'odd');
  const doubts = (await examine(server.url('odd'))).filter(({ check }) => check === 'drillable');
  expect(doubts.map(({ verdict, what }) => `${verdict}: ${what}`)).toEqual([
    expect.stringContaining('warning: An embedded drill has no postgres_fdw'),
    expect.stringContaining('warning: The encoding is SQL_ASCII'),
  ]);
});

it('an address behind which sessions are pooled is refused before anything is sent', async () => {
  const findings = await examine('postgres://u:p@aws-0-eu.pooler.supabase.com:6543/postgres');
  expect(findings).toEqual([
    expect.objectContaining({
      check: 'address',
      verdict: 'problem',
      remedy: expect.stringContaining(':5432'),
    }),
  ]);
});

describe.skipIf(!canSwitchOnTls())('TLS', () => {
  let certificate: string;
  beforeAll(async () => {
    certificate = await switchOnTls(server);
  });
  const tls = async (host: string, query: string) =>
    (await examine(`${server.url().replace('127.0.0.1', host)}?${query}`)).filter(
      ({ check }) => check === 'tls',
    );

  it('verified, or only encrypted, or not even that', async () => {
    expect(await tls('localhost', `sslmode=verify-full&sslrootcert=${certificate}`)).toEqual([
      expect.objectContaining({ verdict: 'ok', what: expect.stringContaining('host name verified') }),
      expect.objectContaining({ verdict: 'warning', what: expect.stringContaining('certificate ends on') }),
    ]);
    expect((await tls('localhost', 'sslmode=require'))[0]).toMatchObject({
      verdict: 'warning',
      remedy: expect.stringContaining('sslrootcert'),
    });
    // An address of this machine that does not look like one.
    expect((await tls('0.0.0.0', 'sslmode=disable'))[0]).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('is not encrypted'),
    });
  });
});
