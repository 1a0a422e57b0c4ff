import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEpochs } from '../../lib/engine/archive/changes/epochs.ts';
import { startWorld, type World } from '../integration/lambda/world.ts';
import { readCaptured } from '../support/captured.ts';
import { sandboxMissing } from '../support/lambda/sandbox.ts';

interface Captured {
  readonly outcome: string;
  readonly epoch: number;
  readonly transactions: number;
  readonly baseDue: boolean;
}
const MIB = 1024 ** 2;
const SLOT = 'lifeboat_app';

let world: World;
let cloudFormation: Server;
const told: Array<Record<string, string>> = [];

beforeAll(async () => {
  world = await startWorld(
    sandboxMissing() === undefined,
    {},
    { pointInTime: { every: '1 minute', maxHeldWal: '128 MiB' }, selection: {}, tiers: [], drillChecks: [] },
    undefined,
    { wal_level: 'logical', max_wal_size: '1GB' },
  );
  await world.postgres.run(`
    CREATE TABLE orders (id integer PRIMARY KEY, what text);
    CREATE TABLE notes (what text);`);
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url('postgres'));
  cloudFormation = createServer((request, response) => {
    text(request).then((body) => {
      told.push({ ...JSON.parse(body), contentType: request.headers['content-type'] ?? '' });
      response.end();
    });
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const name of ['capture', 'slot-watch'] as const)
    console.log(`${name}: ${world?.process(name)?.peakMemoryMb()} MB at most`);
  cloudFormation?.close();
  await world?.close();
});
beforeEach(() => {
  world.aws.cloudWatch.take();
  world.aws.invoked.length = 0;
  world.guard.refused.length = 0;
});

const capture = (slot?: Date) =>
  world.call<Captured>('capture', slot === undefined ? {} : { slot: slot.toISOString() });
const look = () => world.call<{ verdict: string; heldWalBytes: number }>('slot-watch', {});
const published = () => world.aws.cloudWatch.take().app ?? {};
async function slots(): Promise<number> {
  const client = await world.postgres.connect();
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM pg_replication_slots');
  await client.end();
  return rows[0]?.n ?? -1;
}

function refuse(): void {
  const url = world.postgres.url('postgres').replace(/:[^:@]*@/, ':wrong@');
  world.aws.secrets.set(world.stack.secretArn, url);
}

async function accept(): Promise<void> {
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url('postgres'));
  await world.stop('capture');
  await world.stop('slot-watch');
}

async function remove(RequestType: string): Promise<Record<string, string>> {
  const { port } = cloudFormation.address() as AddressInfo;
  await world.call('slot-watch', {
    ...{ RequestType, ResponseURL: `http://127.0.0.1:${port}/answer?signed=1`, StackId: 'arn:stack' },
    ...{ RequestId: 'request', LogicalResourceId: 'Slot', ResourceType: 'Custom::LifeboatSlot' },
  });
  return told.pop() ?? {};
}

it('a first deployment that fails can be taken away, though the database accepts nobody', async () => {
  refuse();
  expect(await remove('Delete')).toMatchObject({ Status: 'SUCCESS' });
  await accept();
});

describe('the capture', () => {
  it('switches itself on, asks the backup function for a base once, and says what it does not cover', async () => {
    expect(await capture()).toMatchObject({ outcome: 'captured', epoch: 1, baseDue: true });
    expect(published()).toMatchObject({
      SlotsLost: 0,
      UncoveredTables: 1,
      RecoveryPointAgeSeconds: expect.any(Number),
    });
    expect(world.aws.invoked).toEqual([
      {
        name: world.stack.functions.capture.variables.LIFEBOAT_BACKUP_FUNCTION,
        event: { class: 'daily', scope: 'full', reason: 'base of captured changes' },
      },
    ]);
    // Another process a minute later.
    await world.stop('capture');
    await capture();
    expect(world.aws.invoked).toHaveLength(1);
    expect(world.guard.refused).toEqual([]);
  });

  it('finds the base that the backup function made of that event, and the gap is closed', async () => {
    await world.call('backup', { class: 'daily', scope: 'full', reason: 'base of captured changes' });
    published();
    await world.postgres.run("INSERT INTO orders VALUES (1, 'a')");
    expect(await capture()).toMatchObject({ outcome: 'captured', transactions: 1, baseDue: false });
    const metrics = published();
    expect(metrics).toMatchObject({ GapSeconds: 0, SlotsLost: 0 });
    expect(metrics.RecoveryPointAgeSeconds).toBeLessThan(60);
    expect(world.guard.refused).toEqual([]);
    const [epoch] = await readCaptured(world.openVault(), 'app');
    expect(epoch?.messages).toContain('I');
  });

  it('is proven by a drill of the next backup, which its role allows, and told apart from the backup', async () => {
    const drill = () =>
      world.call<{ verdict: string; changes?: object }>('restore-drill', { backup: 'latest' });
    // Nothing leads to the first base.
    expect(await drill()).toMatchObject({ verdict: 'proven', changes: { verdict: 'none' } });
    expect(published()).not.toHaveProperty('ChangesUnproven');
    await world.call('backup', { class: 'daily', scope: 'full', reason: 'test' });
    await world.postgres.run("INSERT INTO orders VALUES (2, 'b')");
    await capture();
    published();
    expect(await drill()).toMatchObject({
      verdict: 'proven',
      changes: { verdict: 'proven', transactions: 1, changes: 1, tables: 1, differences: [] },
    });
    expect(published()).toMatchObject({ DrillSucceeded: 1, ChangesUnproven: 0 });
    expect(world.guard.refused).toEqual([]);
    const { objects } = await world.openVault().list('changes/app/proofs/');
    expect(objects).toHaveLength(1);
  });

  it('that fails says how old the recovery point is', async () => {
    refuse();
    await world.stop('capture');
    expect(await world.callFailing('capture', {})).not.toContain('wrong');
    expect(published()).toEqual({ RecoveryPointAgeSeconds: expect.any(Number) });
    await accept();
  });

  it('begins again when somebody dropped the slot, and says so', async () => {
    await world.postgres.run(`SELECT pg_drop_replication_slot('${SLOT}')`);
    expect(await capture()).toMatchObject({ epoch: 2, baseDue: true });
    expect(published()).toMatchObject({ SlotsLost: 1 });
    expect(world.aws.invoked).toHaveLength(1);
  });
});

describe('the watchdog', () => {
  it('measures the slot, and drops it at its limit, whatever the capture does', async () => {
    expect(await look()).toMatchObject({ verdict: 'fine' });
    expect(published()).toMatchObject({ HeldWalBytes: expect.any(Number), SlotsDropped: 0 });
    await world.postgres.run(`
      CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) AS x FROM generate_series(1, 140000) i;`);
    const { verdict, heldWalBytes } = await look();
    expect({ verdict, over: heldWalBytes >= 128 * MIB }).toEqual({ verdict: 'dropped', over: true });
    expect(published()).toMatchObject({ SlotsDropped: 1 });
    expect(await slots()).toBe(0);
    expect(await look()).toMatchObject({ verdict: 'no-slot', heldWalBytes: 0 });
    expect(world.guard.refused).toEqual([]);
    await world.postgres.run('DROP TABLE filler');
    expect(await capture()).toMatchObject({ epoch: 3 });
    expect(await slots()).toBe(1);
  });
});

describe('when CloudFormation', () => {
  it('makes or changes the resource, nothing happens to the slot', async () => {
    for (const type of ['Create', 'Update'])
      expect(await remove(type)).toMatchObject({
        Status: 'SUCCESS',
        PhysicalResourceId: 'Slot',
        contentType: '',
      });
    expect(await slots()).toBe(1);
  });

  it('removes it and the source does not answer, it is told that the slot may be there', async () => {
    refuse();
    await world.stop('slot-watch');
    const answer = await remove('Delete');
    expect(answer).toMatchObject({ Status: 'FAILED', RequestId: 'request', StackId: 'arn:stack' });
    expect(answer.Reason).toContain('slot-not-removed');
    expect(answer.Reason).not.toContain('wrong');
    await accept();
  });

  it('removes it, the slot is dropped, and no capture that was due before makes it again', async () => {
    const dueBefore = new Date();
    expect(await remove('Delete')).toMatchObject({ Status: 'SUCCESS' });
    expect(await slots()).toBe(0);
    expect(world.guard.refused).toEqual([]);
    for (const late of [{}, { slot: dueBefore.toISOString() }]) {
      expect(await world.callFailing('capture', late)).toContain('pitr');
      published();
    }
    expect(await slots()).toBe(0);
    const epochs = await readEpochs(world.openVault(), 'app');
    expect(epochs.at(-1)?.record.epoch).toBe(3);
  });

  it('makes it again, the next run on schedule switches the capture on', async () => {
    expect(await capture(new Date(Date.now() + 60_000))).toMatchObject({ epoch: 4 });
    expect(await slots()).toBe(1);
  });
});
