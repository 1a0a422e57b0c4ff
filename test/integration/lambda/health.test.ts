import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthResultKey } from '../../../lib/contract/health-results.ts';
import {
  readStoredHealth,
  type StoredHealth,
  storeHealth,
} from '../../../lib/engine/health/stored-health.ts';
import { sandboxMissing } from '../../support/lambda/sandbox.ts';
import { startWorld, type World } from './world.ts';

const MINUTE = 60_000;
const KEY = healthResultKey('app');

interface Answer {
  readonly severity: string;
  readonly unreachableSince: string | null;
  readonly totals: Record<string, number>;
  readonly findings: ReadonlyArray<{ check: string; severity: string; what: string }>;
}

let world: World;
beforeAll(async () => {
  world = await startWorld(
    sandboxMissing() === undefined,
    {},
    {
      // Runs that are close: an unreachable source is left to the next one.
      health: {
        everyMinutes: 2,
        sizeLimitBytes: 100_000_000_000,
        apiSchemas: ['public'],
        thresholds: { sequences: { warning: 80, critical: 95 } },
      },
    },
  );
  await world.postgres.run(`
    CREATE ROLE watcher LOGIN PASSWORD 'watching' IN ROLE pg_monitor;
    CREATE ROLE plain LOGIN PASSWORD 'plain';
    CREATE ROLE anon;
    CREATE TABLE customers (id integer PRIMARY KEY);
    ALTER TABLE customers ENABLE ROW LEVEL SECURITY;`);
  logIn('watcher', 'watching');
});
afterAll(async () => {
  const process = world?.process('health');
  if (process) console.log(`health: ${process.peakMemoryMb()} MB at most (${process.description})`);
  await world?.close();
});

function logIn(role: string, password: string): void {
  const url = world.postgres.url('postgres').replace(/\/\/[^@]*@/, `//${role}:${password}@`);
  world.aws.secrets.set(world.stack.secretArn, url);
}

const measure = () => world.call<Answer>('health', {});

function published(): Record<string, number> {
  const { app = {}, ...others } = world.aws.cloudWatch.take();
  expect(others).toEqual({});
  return app;
}

async function stored(): Promise<StoredHealth> {
  const found = await readStoredHealth(world.openResults(), 'app');
  if (!found) throw new Error('no result is stored');
  return found;
}

describe('a server that is well', () => {
  it('is measured with a login that only has pg_monitor: figures, no zero in place of what is not known', async () => {
    const answer = await measure();
    expect(answer).toMatchObject({ unreachableSince: null, totals: { critical: 0 } });
    const metrics = published();
    expect(metrics).toMatchObject({
      ...{
        UnreachableSeconds: 0,
        CriticalFindings: 0,
        TablesWithoutRowSecurity: 0,
        ReplicationSlotsBytes: 0,
      },
      ...{
        ConnectionsActive: 1,
        ConnectionsIdle: expect.any(Number),
        LongestQuerySeconds: expect.any(Number),
      },
    });
    expect(metrics.ConnectionsPercent).toBeGreaterThan(0);
    expect(metrics.DatabaseSizeBytes).toBeGreaterThan(1_000_000);
    expect(metrics.DatabaseSizePercent).toBeCloseTo((metrics.DatabaseSizeBytes ?? 0) / 1e9, 5);
    expect(metrics.UnknownFindings).toBe(answer.totals.unknown);
    // pg_stat_statements is not there.
    expect(metrics).not.toHaveProperty('SlowestQueryMilliseconds');
    expect(metrics).not.toHaveProperty('RowSecurityCostMilliseconds');
  });

  it('leaves its whole report for an endpoint, and the counters for the next run', async () => {
    const first = await stored();
    expect(Date.parse(first.validUntil) - Date.parse(first.report.checkedAt)).toBe(6 * MINUTE);
    expect(first).toMatchObject({ format: 1, environment: 'sandbox', source: 'app', everyMinutes: 2 });
    await measure();
    published();
    const second = await stored();
    expect(second.report.checkedAt > first.report.checkedAt).toBe(true);
    expect(second.report.counters).not.toEqual(first.report.counters);
    // One object, written over, beside the vault.
    expect(world.s3.keys(world.stack.resultsBucket)).toEqual([KEY]);
    expect(world.s3.keys()).toEqual([]);
  });

  it('its function reads one secret, and may do nothing else that it tried', () => {
    expect(world.guard.refused).toEqual([]);
    const { statements } = world.stack.functions.health;
    expect(JSON.stringify(statements)).not.toContain(world.stack.bucket);
  });
});

describe('a role without pg_monitor', () => {
  it('does not see what others do: these figures are not published', async () => {
    const other: pg.Client = await world.postgres.connect();
    logIn('plain', 'plain');
    await world.stop('health');
    const answer = await measure();
    expect(answer.totals.unknown).toBeGreaterThan(1);
    const metrics = published();
    expect(metrics.ConnectionsPercent).toBeGreaterThan(0);
    for (const name of ['ConnectionsIdle', 'ConnectionsActive', 'LongestQuerySeconds'])
      expect(metrics, name).not.toHaveProperty(name);
    await other.end();
  });
});

describe('a password that was changed', () => {
  it('is read anew in the same run', async () => {
    await world.postgres.run("ALTER ROLE plain PASSWORD 'changed'");
    logIn('plain', 'changed');
    expect((await measure()).unreachableSince).toBeNull();
    published();
    expect(world.process('health')?.log()).toContain('trying again with the new one');
    logIn('watcher', 'watching');
    await world.stop('health');
  });
});

describe('a server in a bad state', () => {
  it('is told of by severity, in the log too, and never with the text of a query', async () => {
    await world.postgres.run(`
      CREATE TABLE open_to_all (secret text); GRANT SELECT ON open_to_all TO anon;
      CREATE SEQUENCE nearly AS smallint; SELECT setval('nearly', 32000);
      GRANT SELECT ON SEQUENCE nearly TO watcher;`);
    const answer = await measure();
    expect(answer.severity).toBe('critical');
    expect(answer.findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['row-security', 'sequences']),
    );
    expect(published()).toMatchObject({
      CriticalFindings: answer.totals.critical,
      TablesWithoutRowSecurity: 1,
    });
    expect(answer.totals.critical).toBeGreaterThanOrEqual(2);
    const log = world.process('health')?.log() ?? '';
    expect(log).toContain('row-security');
    expect(log).not.toContain('watching');
  });
});

describe('a server that is stopped', () => {
  it('is a warning at first, and nothing but its silence is published', async () => {
    await world.postgres.stop();
    const answer = await measure();
    expect(answer).toMatchObject({ severity: 'warning', findings: [{ check: 'reachable' }] });
    expect(answer.unreachableSince).not.toBeNull();
    expect(published()).toEqual({ UnreachableSeconds: 0 });
  });

  it('is critical once five minutes are over, counted from the first run', async () => {
    await makeOlder(5 * MINUTE, 0);
    const answer = await measure();
    expect(answer).toMatchObject({ severity: 'critical', findings: [{ check: 'reachable' }] });
    expect(published().UnreachableSeconds).toBeGreaterThanOrEqual(300);
    expect((await stored()).report.counters).not.toBeNull();
  });

  it('counts anew if nobody has measured in between', async () => {
    await makeOlder(60 * MINUTE, 60 * MINUTE);
    expect((await measure()).severity).toBe('warning');
    expect(published()).toEqual({ UnreachableSeconds: 0 });
  });

  it('is measured without a result that nobody understands', async () => {
    await world.openResults().put(KEY, Buffer.from('{"format": 2}'), { ifAbsent: false });
    expect((await measure()).severity).toBe('warning');
    published();
    expect(world.process('health')?.log()).toContain('health-result-invalid');
    expect((await stored()).report.unreachableSince).not.toBeNull();
  });
});

/** As if the last run had found the source unreachable earlier, or had itself been earlier. */
async function makeOlder(unreachableMs: number, resultMs: number): Promise<void> {
  const last = await stored();
  const before = (time: string | null, ms: number) => new Date(Date.parse(time ?? '') - ms).toISOString();
  const report = {
    ...last.report,
    checkedAt: before(last.report.checkedAt, resultMs),
    unreachableSince: before(last.report.unreachableSince, unreachableMs),
  };
  await storeHealth(world.openResults(), { ...last, validUntil: before(last.validUntil, resultMs), report });
}
