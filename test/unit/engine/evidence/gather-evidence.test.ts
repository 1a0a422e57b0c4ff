import { beforeEach, describe, expect, it } from 'vitest';
import { manifestKey, proofKey, rowsCopyKey } from '../../../../lib/engine/archive/keys.ts';
import { formatSealedJson } from '../../../../lib/engine/archive/sealed-json.ts';
import { readPublicKey } from '../../../../lib/engine/attest/public-keys.ts';
import { newSigningKey, signerOf } from '../../../../lib/engine/attest/signing-key.ts';
import { CONTROLS } from '../../../../lib/engine/evidence/controls.ts';
import type { EvidenceReport } from '../../../../lib/engine/evidence/evidence-report.ts';
import { type EvidenceRequest, gatherEvidence } from '../../../../lib/engine/evidence/gather-evidence.ts';
import { writeHoldRecord } from '../../../../lib/engine/keep/hold-record.ts';
import { recordRestore } from '../../../../lib/engine/restore/record-restore.ts';
import { evidencePage } from '../../../../lib/present/html/evidence/evidence-page.ts';
import { FIXTURE_PLACE } from '../../../support/archive-fixture.ts';
import { writeDrilledBackup } from '../../../support/drilled-vault.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const HOUR_MS = 3_600_000;
const pair = newSigningKey();
const signer = signerOf(pair.privatePem, 'key.pem');
const key = readPublicKey(pair.publicPem, 'key.pub');
const place = (day: number) => ({ ...FIXTURE_PLACE, backupId: `202611${day}T020000Z` });
const PERIOD = { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-25T00:00:00Z') };

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
  storedAt(() => '2026-12-31T00:00:00Z');
});
/** Sets when the storage took each object, by its own clock. */
function storedAt(timeOf: (key: string) => string): void {
  store.list = async (prefix) => {
    const { objects, prefixes } = await MemoryStore.prototype.list.call(store, prefix);
    const timed = objects.map((one) => ({ ...one, lastModified: new Date(timeOf(one.key)) }));
    return { prefixes, objects: timed };
  };
}
const gather = (more: Partial<EvidenceRequest> = {}) =>
  gatherEvidence({
    ...{ store, period: PERIOD, targets: {}, keys: [], signal: new AbortController().signal },
    ...more,
  });
const kinds = ({ exceptions }: EvidenceReport) => exceptions.map(({ kind }) => kind);

describe('a report of evidence', () => {
  it('tells backups and drills of its period alone, with recovery times and the keys that signed', async () => {
    for (const day of [19, 20, 21, 22, 23, 24, 25])
      await writeDrilledBackup(store, { place: place(day), signer });
    const report = await gather({ keys: [key] });
    const [shop] = report.sources;
    expect(shop?.backups.map(({ name }) => name)).toEqual(
      [20, 21, 22, 23, 24].map((day) => `daily/shop/202611${day}T020000Z`),
    );
    expect(shop?.drills).toHaveLength(5);
    expect(new Set(shop?.drills.map(({ signature, keyId }) => `${signature} ${keyId}`))).toEqual(
      new Set([`signed ${pair.keyId}`]),
    );
    expect(shop?.figures).toMatchObject({
      ...{ backups: 5, drills: 5, drillsPassed: 5, longestGapMs: 24 * HOUR_MS, longestRecoveryMs: 4200 },
    });
    expect(report.exceptions).toEqual([]);
  });

  it('names days without a backup, missed targets and drills that failed', async () => {
    for (const day of [20, 21, 24]) {
      const report =
        day === 21 ? { verdict: 'failed' as const } : { recoveryTimeMs: day === 24 ? 90_000 : 1000 };
      await writeDrilledBackup(store, { place: place(day), report });
    }
    const report = await gather({
      targets: { recoveryPointMs: 25 * HOUR_MS, recoveryTimeMs: 60_000, drillEveryMs: 48 * HOUR_MS },
    });
    expect(report.exceptions.map(({ kind, what }) => `${kind}: ${what}`)).toEqual([
      expect.stringMatching(/^drill-missing: No drill passed for 4\.0 days/),
      expect.stringMatching(/^recovery-point-missed: 3\.0 days \(2026-11-21T02:01Z to 2026-11-24T02:01Z\)/),
      'drill-failed: The drill of daily/shop/20261121T020000Z failed: 0 items differ.',
      'no-backup: No full backup was taken on 2026-11-22 to 2026-11-23 (2 days).',
      expect.stringMatching(/^recovery-time-missed: The restore of daily\/shop\/20261124T020000Z took 90 s/),
    ]);
  });

  it('counts from the last backup before the period, which has expired since', async () => {
    for (const day of [18, 21]) await writeDrilledBackup(store, { place: place(day) });
    for (const name of [...store.objects.keys()]) if (name.startsWith('daily/')) store.objects.delete(name);
    const { sources, exceptions } = await gather({ targets: { recoveryPointMs: 48 * HOUR_MS } });
    expect(sources[0]?.figures).toMatchObject({
      backups: 1,
      longestGapMs: Date.UTC(2026, 10, 25) - Date.UTC(2026, 10, 21, 2, 1),
    });
    expect(exceptions.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^No full backup was taken on 2026-11-20/),
    );
  });

  it('looks back past drills that failed and backups of a part, to the last that counts', async () => {
    await writeDrilledBackup(store, { place: place(10) });
    for (const day of [18, 19])
      await writeDrilledBackup(store, {
        ...{ place: place(day), scope: 'partial' },
        report: { verdict: 'failed' },
      });
    await writeDrilledBackup(store, { place: place(24) });
    for (const name of [...store.objects.keys()]) if (name.startsWith('daily/')) store.objects.delete(name);
    const { sources, exceptions } = await gather({
      targets: { recoveryPointMs: 48 * HOUR_MS, drillEveryMs: 48 * HOUR_MS },
    });
    expect(sources[0]?.figures).toMatchObject({
      ...{ backups: 1, drills: 1, longestGapMs: 14 * 24 * HOUR_MS, longestWithoutDrillMs: 14 * 24 * HOUR_MS },
    });
    expect(exceptions.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^14\.0 days \(2026-11-10T02:01Z to 2026-11-24T02:01Z\) lie between a backup/),
      expect.stringMatching(/^No drill passed for 14\.0 days/),
      expect.stringMatching(/^No full backup was taken on 2026-11-20 to 2026-11-23/),
    ]);
  });

  it('knows backups and proofs of before there were records, and says so', async () => {
    const manifest = await writeDrilledBackup(store, {
      place: place(20),
      report: { finishedAt: '2026-11-20T05:00:00.000Z' },
    });
    for (const name of [...store.objects.keys()])
      if (name.startsWith('evidence/')) store.objects.delete(name);
    const report = await gather();
    expect(report.sources[0]?.backups).toMatchObject([{ origin: 'backup', rows: manifest.totals.rows }]);
    expect(report.sources[0]?.drills).toMatchObject([{ origin: 'backup', signature: 'unsigned' }]);
    expect(report.limits.join(' ')).toContain('1 of 1 backups have no record');
  });

  it('finds an edited proof, and a drill that nobody signed', async () => {
    await writeDrilledBackup(store, { place: place(20), signer });
    await writeDrilledBackup(store, { place: place(21) });
    store.objects.set(proofKey(place(20)), formatSealedJson({ verdict: 'proven' }));
    const report = await gather({ keys: [key] });
    expect(kinds(report)).toEqual(['altered', 'not-signed', 'no-backup']);
    // What somebody changed shows nothing, whatever it says.
    expect(report.sources[0]?.figures).toMatchObject({ drills: 2, drillsPassed: 1 });
  });

  it('finds the record of a restore that was changed after it was signed', async () => {
    await writeDrilledBackup(store, { place: place(20), signer });
    await recordRestore({
      ...{ store, place: place(20), by: 'Mallory', from: 'a machine', scope: 'everything', signer },
      ...{ target: { database: 'shop', serverVersion: '17.2' }, outcome: 'restored' },
      ...{ startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:10:00.000Z' },
    });
    const [name = ''] = [...store.objects.keys()].filter((one) => one.startsWith('evidence/restores/'));
    const { payload, ...rest } = JSON.parse(String(store.objects.get(name)));
    const edited = Buffer.from(payload, 'base64').toString().replace('Mallory', 'Alice');
    store.objects.set(
      name,
      formatSealedJson({
        ...{ payloadType: rest.payloadType, payload: Buffer.from(edited).toString('base64') },
        signatures: rest.signatures,
      }),
    );
    const { sources, exceptions } = await gather({ keys: [key] });
    expect(sources[0]?.restores).toMatchObject([{ by: 'Alice', signature: 'altered' }]);
    expect(exceptions).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'altered', at: '2026-11-21T09:10:00.000Z' },
        what: expect.stringContaining('was changed after it was signed'),
      }),
    );
  });

  it('tells of an undo whose backup has expired, by the copy that was undone', async () => {
    await writeDrilledBackup(store, { place: place(20), signer });
    for (const name of [...store.objects.keys()]) if (name.startsWith('daily/')) store.objects.delete(name);
    const undone = { ...place(20), retentionClass: 'manual', source: 'shop-before-restore' } as const;
    const undo = {
      ...({ store, place: place(20), undone, by: 'Ada', from: 'a machine', scope: 'undo', signer } as const),
      ...({ target: { database: 'shop', serverVersion: '' }, outcome: 'restored' } as const),
      ...{ startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:10:00.000Z' },
    };
    expect(await recordRestore(undo)).toEqual([expect.stringContaining('was not kept')]);
    await store.put(rowsCopyKey(undone), Buffer.from('{}'));
    expect(await recordRestore(undo)).toEqual([]);
    const { sources, exceptions } = await gather({ keys: [key] });
    expect(sources.map(({ name, restores }) => [name, restores[0]?.signature])).toEqual([['shop', 'signed']]);
    expect(exceptions.filter(({ kind }) => kind === 'altered' || kind === 'unreadable')).toEqual([]);
  });

  it('is not silent about a source without a backup', async () => {
    await store.put('daily/shop/20261120T020000Z/k3f9aqxz/roles.sql', Buffer.from('--'));
    for (const report of [
      await gather(),
      await gather({ source: 'shop' }),
      await gather({ source: 'other' }),
    ])
      expect(report.exceptions).toMatchObject([
        { kind: 'no-backup', what: expect.stringMatching(/^No full/) },
      ]);
  });

  it('tells of a damaged manifest in the period of its backup, and in no other', async () => {
    for (const day of [10, 21]) {
      await writeDrilledBackup(store, { place: place(day) });
      store.objects.set(manifestKey(place(day)), Buffer.from('{"x":1}'));
    }
    for (const name of [...store.objects.keys()])
      if (name.startsWith('evidence/backups/')) store.objects.delete(name);
    const { exceptions } = await gather();
    expect(exceptions.filter(({ kind }) => kind === 'unreadable')).toEqual([
      expect.objectContaining({
        at: '2026-11-21T02:00:00.000Z',
        what: expect.stringContaining('selfSha256'),
      }),
    ]);
  });

  it('tells of a restore of what another restore kept, and expects no drill of that', async () => {
    const safety = { ...place(20), retentionClass: 'manual', source: 'shop-before-restore' } as const;
    await writeDrilledBackup(store, { place: place(20) });
    await writeDrilledBackup(store, { place: safety });
    expect((await gather()).sources.map(({ name }) => name)).toEqual(['shop']);
    await recordRestore({
      ...{ store, place: safety, by: 'Ada', from: 'a machine', scope: 'everything', outcome: 'restored' },
      ...{ target: { database: 'shop', serverVersion: '17.2' } },
      ...{ startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:10:00.000Z' },
    });
    const { sources, exceptions } = await gather({ targets: { drillEveryMs: HOUR_MS } });
    expect(sources.map(({ name, restores }) => [name, restores.length])).toEqual([
      ['shop', 0],
      ['shop-before-restore', 1],
    ]);
    expect(exceptions.filter(({ source }) => source === safety.source)).toEqual([]);
  });

  it('notices a record from a clock that is ahead, which would hide it in another period', async () => {
    await writeDrilledBackup(store, { place: place(20) });
    storedAt((key) => (key.startsWith('evidence/drills/') ? '2026-11-20T01:00:00Z' : '2026-12-31T00:00:00Z'));
    expect(kinds(await gather())).toContain('clock');
  });

  it('tells who restored and who put a hold, in their own words, and nothing of what they typed', async () => {
    await writeDrilledBackup(store, { place: place(20) });
    const times = { startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:10:00.000Z' };
    const problems = await recordRestore({
      ...{ store, place: place(20), by: 'Ada <script>', from: 'a machine', scope: 'everything' },
      ...{
        target: { database: 'shop"\u202e', serverVersion: '17.2' },
        outcome: 'failed',
        code: 'target-disk-full',
      },
      ...times,
    });
    expect(problems).toEqual([]);
    const now = new Date('2026-11-22T00:00:00Z');
    const signal = new AbortController().signal;
    await writeHoldRecord(store, place(20), 'adding', { reason: 'case 4711', by: 'legal' }, { now, signal });
    const report = await gather();
    expect(report.sources[0]?.restores).toMatchObject([
      { by: 'Ada <script>', outcome: 'failed', code: 'target-disk-full' },
    ]);
    expect(report.sources[0]?.changes).toMatchObject([{ what: 'hold', by: 'legal', reason: 'case 4711' }]);
    expect(kinds(report)).toContain('restore-not-complete');
    const page = evidencePage(report, CONTROLS);
    expect(page).toContain('Ada &lt;script&gt;');
    expect(page).not.toMatch(/<script|\u202e|https?:/);
  });

  it('never fails a restore whose vault takes no record', async () => {
    await writeDrilledBackup(store, { place: place(20) });
    store.put = async () => {
      throw new Error('denied');
    };
    const times = { startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:10:00.000Z' };
    const problems = await recordRestore({
      ...{ store, place: place(20), by: 'Ada', from: 'a machine', scope: 'everything', outcome: 'restored' },
      ...{ target: { database: 'shop', serverVersion: '17.2' }, ...times },
    });
    expect(problems).toEqual(['The record for auditors was not kept: denied']);
  });

  it('makes the same bytes again, and says something of an empty vault', async () => {
    const empty = await gather();
    expect(empty).toMatchObject({ sources: [], exceptions: [], trail: null });
    expect(evidencePage(empty, CONTROLS)).toContain('No source is known.');
    expect(evidencePage(empty, CONTROLS)).toContain('there is nothing to find exceptions in');
    for (const day of [22, 20, 23]) await writeDrilledBackup(store, { place: place(day), signer });
    const [one, two] = [await gather({ keys: [key] }), await gather({ keys: [key] })];
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
    expect(evidencePage(one, CONTROLS)).toBe(evidencePage(two, CONTROLS));
  });
});
