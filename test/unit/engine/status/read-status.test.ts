import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { proofKey } from '../../../../lib/engine/archive/keys.ts';
import { type ScrubFindings, writeScrubRecord } from '../../../../lib/engine/archive/scrub-record.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { pruneOutlooks } from '../../../../lib/engine/keep/prune-outlook.ts';
import { DEFAULT_LIMITS } from '../../../../lib/engine/status/limits.ts';
import { readStatus, type StatusRequest } from '../../../../lib/engine/status/read-status.ts';
import { openDirectoryStore } from '../../../../lib/engine/storage/directory.ts';
import type { ObjectStore } from '../../../../lib/engine/storage/object-store.ts';
import { type History, writeHistory } from '../../../support/vault-history.ts';

const NOW = new Date('2026-11-30T05:00:00Z');
const NEWEST = new Date('2026-11-30T02:00:00Z');
const daysAgo = (days: number) => new Date(NEWEST.getTime() - days * 86_400_000);
const NEWEST_PLACE = { retentionClass: 'daily', source: 'app', backupId: '20261130T020000Z' } as const;

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

async function vaultOf(...histories: Array<Partial<History>>): Promise<ObjectStore> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-status-'));
  directories.push(directory);
  for (const history of histories) {
    await writeHistory(directory, { source: 'app', backups: 5, newest: NEWEST, ...history });
  }
  return openDirectoryStore(directory);
}

function look(store: ObjectStore, request: Partial<StatusRequest> = {}) {
  const { signal } = new AbortController();
  return readStatus({
    store,
    limits: DEFAULT_LIMITS,
    now: NOW,
    mayHoldCopies: true,
    readOnesOwn: pruneOutlooks,
    signal,
    ...request,
  });
}

async function concernsOf(store: ObjectStore, request: Partial<StatusRequest> = {}) {
  const { sources } = await look(store, request);
  return sources.flatMap(({ concerns }) => concerns.map(({ kind, state }) => `${state} ${kind}`));
}

describe('a source', () => {
  it('is safe with a recent backup that a drill has proven', async () => {
    const status = await look(await vaultOf({}));
    expect(status).toMatchObject({ state: 'ok', sources: [{ source: 'app', state: 'ok', concerns: [] }] });
    const [app] = status.sources;
    expect(app?.backups).toHaveLength(5);
    expect(app?.backups[0]).toMatchObject({
      name: 'daily/app/20261130T020000Z',
      contents: { scope: 'full', takenAt: new Date('2026-11-30T02:00:01Z') },
      proof: { verdict: 'proven' },
      outlook: { state: 'kept', reason: 'newest' },
    });
    expect(app?.lastDrill?.backup.backupId).toBe('20261130T020000Z');
  });

  it('is not safe when its newest backup is too old, by the limit that is given', async () => {
    const store = await vaultOf({ newest: daysAgo(2) });
    expect(await concernsOf(store)).toEqual(['critical no-backup-25h']);
    const limits = { ...DEFAULT_LIMITS, backupSeconds: 60 * 3600 };
    expect(await concernsOf(store, { limits })).toEqual([]);
  });

  it('is not safe when none is proven, or the newest proven one is too old, unless nobody drills it', async () => {
    const none = await vaultOf({ isProven: () => false });
    expect(await concernsOf(none)).toEqual(['critical unproven']);
    const old = await vaultOf({ backups: 12, isProven: (index) => index > 9 });
    expect(await concernsOf(old)).toEqual(['critical unproven']);
    expect(await concernsOf(none, { limits: { ...DEFAULT_LIMITS, proofSeconds: undefined } })).toEqual([]);
  });

  it('is not safe when it should be there and has no backup', async () => {
    const status = await look(await vaultOf({}), { expected: new Map([['lost', DEFAULT_LIMITS]]) });
    expect(status.sources.map(({ source, state }) => [source, state])).toEqual([
      ['app', 'warning'],
      ['lost', 'critical'],
    ]);
    expect(status.state).toBe('critical');
  });

  it('that a stack has named, and names no more, does not stay red until its last backup has expired', async () => {
    const store = await vaultOf({}, { source: 'gone', newest: daysAgo(40), isProven: () => false });
    const expected = new Map([['app', DEFAULT_LIMITS]]);
    expect(await concernsOf(store, { expected })).toEqual(['warning not-backed-up']);
    expect(await concernsOf(store)).toEqual(['critical no-backup-25h', 'critical unproven']);
  });

  it('is not safe when a scrub found the newest backup damaged; an older one is for a look', async () => {
    const findings: ScrubFindings = {
      startedAt: '2026-11-30T03:00:00.000Z',
      endedAt: '2026-11-30T03:10:00.000Z',
      verdict: 'damaged',
      opened: null,
      objects: 1,
      readBytes: 1,
      problems: [{ name: 'x', verdict: 'damaged', problem: 'is gone' }],
    };
    const first = await vaultOf({});
    await writeScrubRecord(first, NEWEST_PLACE, findings, {});
    expect(await concernsOf(first)).toEqual(['critical scrub-damaged']);
    const older = await vaultOf({});
    await writeScrubRecord(older, { ...NEWEST_PLACE, backupId: '20261128T020000Z' }, findings, {});
    expect(await concernsOf(older)).toEqual(['warning scrub-damaged']);
    const unread = await vaultOf({});
    await writeScrubRecord(unread, NEWEST_PLACE, { ...findings, verdict: 'unreadable' }, {});
    expect(await concernsOf(unread)).toEqual(['warning scrub-overdue']);
  });

  it('is not called safe for ever by a date in the future', async () => {
    const ahead = new Date('2031-01-01T02:00:00Z');
    expect(await concernsOf(await vaultOf({ newest: ahead }))).toEqual(['stale clock-ahead']);
    const onlyProven = await look(await vaultOf({ newest: ahead, isProven: () => false }));
    expect(onlyProven).toMatchObject({ state: 'critical' });
    // Of two machines that differ by minutes, neither is wrong enough to matter.
    expect(await concernsOf(await vaultOf({ newest: new Date(NOW.getTime() + 20 * 60_000) }))).toEqual([]);
  });

  it('hears of drills that failed, if somebody counts them', async () => {
    const store = await vaultOf({});
    expect(await concernsOf(store, { failedDrills: async () => 1 })).toEqual(['warning drill-failed']);
    expect(await concernsOf(store, { failedDrills: async () => 2 })).toEqual(['critical drill-failed-twice']);
    const unanswered = async () => {
      throw new LifeboatError({ code: 'cloudwatch-unavailable', kind: 'vault', what: 'no answer' });
    };
    expect(await concernsOf(store, { failedDrills: unanswered })).toEqual([]);
  });

  it('is told to be slow to restore, by its target', async () => {
    const store = await vaultOf({});
    expect(await concernsOf(store, { limits: { ...DEFAULT_LIMITS, recoverySeconds: 30 } })).toEqual([
      'warning recovery-time',
    ]);
  });

  it('does not count a backup of which nobody can trust the manifest', async () => {
    const store = await vaultOf({ isMissing: (index) => index === 2 });
    await store.put('daily/app/20261128T020000Z/manifest.json', Buffer.from('{}'));
    const status = await look(store);
    expect(status.sources[0]?.concerns).toEqual([
      expect.objectContaining({ kind: 'backup-unreadable', state: 'warning' }),
    ]);
    expect(status.sources[0]?.backups.find(({ contents }) => !contents)?.name).toBe(
      'daily/app/20261128T020000Z',
    );
  });

  it('does not count a proof that was written over', async () => {
    const store = await vaultOf({ backups: 1, isProven: () => false });
    await store.put(proofKey(NEWEST_PLACE), Buffer.from('{"verdict":"proven"}'));
    expect(await concernsOf(store)).toEqual(['critical unproven', 'warning backup-unreadable']);
  });
});

describe('a vault', () => {
  it('without a backup is not safe', async () => {
    expect(await look(await vaultOf({ backups: 1 }), { only: 'other' })).toMatchObject({ state: 'critical' });
    const directory = mkdtempSync(join(tmpdir(), 'lifeboat-status-'));
    directories.push(directory);
    expect(await look(openDirectoryStore(directory))).toMatchObject({ state: 'critical', sources: [] });
  });

  it('answers for all others when one source cannot be read', async () => {
    const store = await vaultOf({}, { source: 'billing' });
    const refused = new LifeboatError({ code: 'vault-access-denied', kind: 'vault', what: 'Not allowed.' });
    const partly: ObjectStore = Object.assign(Object.create(store), {
      url: store.url,
      list: async (prefix: string) => {
        if (prefix.includes('billing')) throw refused;
        return await store.list(prefix);
      },
      head: (key: string) => store.head(key),
      get: (key: string) => store.get(key),
    });
    const status = await look(partly);
    expect(status.sources.map(({ source, state }) => [source, state])).toEqual([
      ['app', 'ok'],
      ['billing', 'stale'],
    ]);
    expect(status.state).toBe('stale');
  });

  it('leaves out the backups that a restore makes of what it overwrites', async () => {
    const status = await look(await vaultOf({}, { source: 'app-before-restore' }));
    expect(status.sources.map(({ source }) => source)).toEqual(['app']);
  });

  it('ends when it is interrupted', async () => {
    const store = await vaultOf({});
    await expect(look(store, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});
