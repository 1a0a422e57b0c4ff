import { beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../../lib/engine/archive/drill-report.ts';
import {
  attemptPrefix,
  type BackupPlace,
  manifestKey,
  proofKey,
} from '../../../../lib/engine/archive/keys.ts';
import { formatManifest, parseManifest } from '../../../../lib/engine/archive/manifest.ts';
import { formatSealedJson } from '../../../../lib/engine/archive/sealed-json.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { verifyBackup } from '../../../../lib/engine/verify/verify.ts';
import { ArchiveCopy } from '../../../support/archive-copy.ts';
import {
  FIXTURE_ATTEMPT,
  FIXTURE_PLACE,
  FIXTURE_TABLES,
  type FixtureArchive,
  sha256,
  writeFixtureArchive,
} from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const original = new MemoryStore();
let archive: FixtureArchive;
beforeAll(async () => {
  archive = await writeFixtureArchive(original);
});

const MANIFEST = manifestKey(FIXTURE_PLACE);
const verify = (store: MemoryStore, options = {}) => verifyBackup(store, FIXTURE_PLACE, options);

const newCopy = () => new ArchiveCopy(original, archive);

describe('a backup that is as it was written', () => {
  it('is intact, every item of it', async () => {
    const progress: number[] = [];
    const report = await verify(original, {
      onProgress: (at: { objectsDone: number }) => progress.push(at.objectsDone),
    });
    expect(report).toMatchObject({
      place: FIXTURE_PLACE,
      verdict: 'intact',
      notes: [],
      totals: { items: 32, damaged: 0, unreadable: 0, objects: 20, tables: 9, rows: 1015 },
    });
    expect(report.items.every(({ verdict }) => verdict === 'match')).toBe(true);
    expect(progress).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const { storedBytes, readBytes } = report.totals;
    expect(readBytes).toBe(storedBytes);
  });

  it('has the tables that are required of it', async () => {
    const required = { requireTables: ['public.users', 'public.orders', 'public.log'] };
    const report = await verify(original, required);
    expect(report.verdict).toBe('damaged');
    expect(report.items.filter(({ verdict }) => verdict === 'damaged')).toEqual([
      {
        kind: 'table',
        name: 'public.log',
        verdict: 'damaged',
        problem: 'is required, but its rows were left out: unlogged',
      },
      {
        kind: 'table',
        name: 'public.orders',
        verdict: 'damaged',
        problem: 'is required, but not in this backup',
      },
    ]);
  });

  it('has what is required under any name that people write, partitions and all', async () => {
    const required = { requireTables: ['users', '"public"."events"', 'public.mood', 'evnets'] };
    const report = await verify(original, required);
    expect(report.items.filter(({ verdict }) => verdict === 'damaged')).toEqual([
      {
        kind: 'table',
        name: 'evnets',
        verdict: 'damaged',
        problem: 'is required, but not in this backup (did you mean public.events?)',
      },
    ]);
  });

  it('may have other objects beside it: they are noted and harm nothing', async () => {
    const { store } = newCopy();
    const folder = attemptPrefix(FIXTURE_PLACE, FIXTURE_ATTEMPT);
    store.objects.set(`${folder}data/9999-stray.copy.zst`, Buffer.from('x'));
    store.objects.set(`${attemptPrefix(FIXTURE_PLACE, 'aaaaaaaa')}roles.sql`, Buffer.from('x'));
    const report = await verify(store);
    expect(report.verdict).toBe('intact');
    expect(report.notes).toEqual([
      expect.stringContaining('/aaaaaaaa/ belongs to another attempt'),
      expect.stringContaining('9999-stray.copy.zst is not in the manifest'),
    ]);
  });
});

describe('a proof', () => {
  const report: DrillReport = {
    format: 1,
    verdict: 'proven',
    backup: { ...FIXTURE_PLACE, attempt: FIXTURE_ATTEMPT },
    manifestSha256: '',
    lifeboatVersion: '0.1.0',
    target: { kind: 'embedded', serverVersion: '18.6' },
    startedAt: '2026-11-20T03:00:00.000Z',
    finishedAt: '2026-11-20T03:00:09.000Z',
    recoveryTimeMs: 8000,
    durationMs: 9000,
    phases: [],
    totals: { tables: 9, rows: 1015, rawBytes: 24084, matched: 9, differing: 0, skipped: 0 },
    items: [],
    catalog: [],
    notes: [],
  };
  async function itemFor(changes: Partial<DrillReport>, damage = (bytes: Buffer) => bytes) {
    const copy = newCopy();
    const proof = { ...report, manifestSha256: sha256(copy.get(MANIFEST)), ...changes };
    copy.set(proofKey(FIXTURE_PLACE), damage(formatSealedJson(proof)));
    const { items, verdict, notes } = await verify(copy.store);
    expect(notes).toEqual([]);
    return { ...items.at(-1), whole: verdict };
  }

  it('is looked at where there is one', async () => {
    expect(await itemFor({})).toEqual({
      kind: 'proof',
      name: proofKey(FIXTURE_PLACE),
      verdict: 'match',
      whole: 'intact',
    });
  });

  it.each([
    ['of another manifest', { manifestSha256: sha256(Buffer.from('')) }, 'another manifest'],
    ['of another backup', { backup: { ...report.backup, source: 'blog' } }, 'another backup, daily/blog'],
    ['of a drill that failed', { verdict: 'failed' as const }, 'that drill failed'],
    ['without a field', { totals: {} as DrillReport['totals'] }, 'a wrong field, totals.tables'],
  ])('%s proves nothing', async (_, changes, problem) => {
    expect(await itemFor(changes)).toMatchObject({
      verdict: 'damaged',
      problem: expect.stringContaining(problem),
      whole: 'damaged',
    });
  });

  it('that was changed is damaged', async () => {
    const edited = (bytes: Buffer) => Buffer.from(bytes.toString('utf8').replace('8000', '7000'));
    expect(await itemFor({}, edited)).toMatchObject({ verdict: 'damaged' });
    expect(await itemFor({}, (bytes) => bytes.subarray(0, 40))).toMatchObject({ verdict: 'damaged' });
  });
});

describe('a backup whose vault fails', () => {
  class FailingStore extends MemoryStore {
    readonly failing: (key: string) => boolean;
    constructor(failing: (key: string) => boolean) {
      super(original.objects);
      this.failing = failing;
    }
    override async *get(key: string, options: { signal?: AbortSignal } = {}) {
      if (this.failing(key)) {
        throw new LifeboatError({ code: 'vault-refused', kind: 'vault', what: `${key}: access denied.` });
      }
      yield* super.get(key, options);
    }
  }

  it('is not called damaged for one object that cannot be read, nor intact', async () => {
    const key = archive.table('public', 'events').chunks[1]?.key;
    const report = await verify(new FailingStore((asked) => asked === key));
    expect(report.verdict).toBe('unreadable');
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([
      {
        kind: 'object',
        name: key,
        verdict: 'unreadable',
        problem: `could not be read: ${key}: access denied.`,
      },
      { kind: 'table', name: 'public.events', verdict: 'unreadable', problem: 'has 1 bad chunks of 3' },
    ]);
  });

  it('is given up when nothing can be read', async () => {
    await expect(verify(new FailingStore((key) => key !== MANIFEST))).rejects.toMatchObject({
      code: 'vault-refused',
    });
    await expect(verify(new FailingStore(() => true))).rejects.toMatchObject({ code: 'vault-refused' });
  });

  it('can be interrupted at any object', async () => {
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    await expect(verify(original, { signal: aborted })).rejects.toBe(reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    await expect(verify(original, { signal: controller.signal, onProgress })).rejects.toBe(reason);
  });
});

describe('a manifest', () => {
  it('of a newer format is refused by name, its checksum fitting or not', async () => {
    const copy = newCopy();
    copy.set(MANIFEST, Buffer.from('{"format": 3}'));
    const report = await verify(copy.store);
    expect(report.items).toMatchObject([
      { verdict: 'damaged', problem: expect.stringContaining('archive format 3') },
    ]);
  });

  it('comes back as it was formatted', () => {
    expect(parseManifest(formatManifest(archive.manifest), MANIFEST)).toEqual(archive.manifest);
  });
});

describe('the volume of a backup', () => {
  const dayOf = (day: number): BackupPlace => ({
    ...FIXTURE_PLACE,
    backupId: `202611${String(day)}T020000Z`,
  });
  const withRows = (rows: number, text = 'x') =>
    FIXTURE_TABLES.map((table) =>
      table.name === 'events'
        ? { ...table, chunks: [Array.from({ length: rows }, (_, id) => [String(id), `${text}${id}`])] }
        : table,
    );
  const vault = new MemoryStore();
  beforeAll(async () => {
    for (const day of [10, 11, 12])
      await writeFixtureArchive(vault, { place: dayOf(day), tables: withRows(1000) });
    await writeFixtureArchive(vault, { place: dayOf(13), tables: withRows(100) });
    // Neither of these makes what is usual.
    await writeFixtureArchive(vault, {
      place: { ...dayOf(12), retentionClass: 'manual', backupId: '20261212T020000Z-abcdef' },
      tables: withRows(1),
    });
    await writeFixtureArchive(vault, { place: { ...dayOf(12), source: 'other' }, tables: withRows(1) });
    await writeFixtureArchive(vault, { place: { ...dayOf(12), backupId: '20261112T010000Z' }, seal: false });
  });
  const volumeOf = (day: number) => verifyBackup(vault, dayOf(day));

  it('is compared with the full ones before it in its class, which warns and fails nothing', async () => {
    const report = await volumeOf(13);
    expect(report.verdict).toBe('intact');
    expect(report.volume).toMatchObject({ comparedWith: 3, rows: { now: 115, usual: 1015 } });
    expect(report.volume?.lostRows).toEqual([{ name: 'public.events', rows: 100, usualRows: 1000 }]);
    expect(report.warnings).toContain('public.events has 100 rows, but usually 1,000.');
  });

  it('is not known to be unusual before there are three', async () => {
    expect(await volumeOf(12)).toMatchObject({ volume: undefined, warnings: [] });
    expect(await volumeOf(11)).toMatchObject({ volume: undefined, warnings: [] });
  });

  it('does not count what is damaged among those before', async () => {
    const damaged = new MemoryStore();
    for (const [key, bytes] of vault.objects) damaged.objects.set(key, bytes);
    damaged.objects.set(manifestKey(dayOf(10)), Buffer.from('{}'));
    expect((await verifyBackup(damaged, dayOf(13))).volume).toBeUndefined();
  });
});
