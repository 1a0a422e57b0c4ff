import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeEpoch } from '../../lib/engine/archive/changes/epochs.ts';
import { writeScrubRecord } from '../../lib/engine/archive/scrub-record.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { SAMPLE_EPOCH } from '../support/sample-changes.ts';
import { type History, writeHistory } from '../support/vault-history.ts';

export const NOW = new Date('2026-11-30T05:12:00Z');
const NEWEST = new Date('2026-11-30T02:00:00Z');
const daysAgo = (days: number) => new Date(NEWEST.getTime() - days * 86_400_000);

const ITEMS: History['report'] = {
  phases: [
    { phase: 'schema', durationMs: 3100 },
    { phase: 'rows', durationMs: 71_000 },
    { phase: 'indexes and keys', durationMs: 22_400 },
    { phase: 'compare', durationMs: 61_000 },
  ],
  totals: { tables: 24, rows: 41_021_377, rawBytes: 11_400_000_000, matched: 61, differing: 0, skipped: 1 },
  catalog: [{ kind: 'index', compared: 58, matched: 58 }],
  notes: ['Generated columns were computed again, not compared.'],
  items: [
    ...['users', 'orders', 'order_items', 'payments', 'credit_transactions', 'sessions'].map(
      (name, index) => ({
        kind: 'table' as const,
        name: `public.${name}`,
        verdict: 'match' as const,
        rows: 1_204_331 * (index + 1),
        digest: 'a3f09c11d2e4b7f0',
      }),
    ),
    {
      kind: 'statement',
      name: 'SUBSCRIPTION reports',
      verdict: 'skipped',
      reason: 'the embedded server has no subscriptions',
    },
  ],
};

/** A name, a reason and an item that try to be markup. */
export const HOSTILE = `"><script>document.title='stolen'</script><img src=x onerror="document.title='stolen'">\u202e`;

/** What a page is looked at with. Each writes its vault into a new directory. */
export const VAULTS: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  none: async (directory) => {
    await writeHistory(directory, { source: 'app', backups: 0, newest: NEWEST });
  },
  one: async (directory) => {
    await writeHistory(directory, {
      source: 'app',
      backups: 34,
      newest: NEWEST,
      report: ITEMS,
      isProven: (index) => index % 7 < 2 || index === 0,
    });
  },
  twenty: async (directory) => {
    for (let index = 0; index < 20; index += 1) {
      await writeHistory(directory, {
        source: `service-${String(index + 1).padStart(2, '0')}`,
        backups: 5 + index,
        newest: index === 6 ? daysAgo(2) : NEWEST,
        isProven: (at) => index !== 12 && (index === 3 ? at > 3 : true),
      });
    }
  },
  failures: async (directory) => {
    const broken = { source: 'billing', backups: 24, newest: daysAgo(3), report: ITEMS };
    await writeHistory(directory, {
      ...broken,
      isProven: (index) => index > 12,
      isMissing: (index) => index > 3 && index < 8,
    });
    await writeHistory(directory, { source: 'catalog', backups: 15, newest: NEWEST, isProven: () => false });
    await writeHistory(directory, {
      source: 'hostile',
      backups: 9,
      newest: NEWEST,
      reason: HOSTILE,
      report: {
        ...ITEMS,
        notes: [HOSTILE],
        items: [{ kind: 'table', name: HOSTILE, verdict: 'skipped', reason: HOSTILE }],
      },
    });
    await rm(join(directory, 'daily/billing/20261126T020000Z/manifest.json'), { force: true });
    const store = openDirectoryStore(directory);
    await store.put('daily/billing/20261126T020000Z/manifest.json', Buffer.from(`{"${HOSTILE}": 1}`));
    await writeScrubRecord(
      store,
      { retentionClass: 'daily', source: 'hostile', backupId: '20261130T020000Z' },
      {
        ...{
          startedAt: '2026-11-30T03:00:00.000Z',
          endedAt: '2026-11-30T03:10:00.000Z',
          verdict: 'damaged',
          opened: null,
        },
        ...{
          objects: 20,
          readBytes: 1000,
          problems: [{ name: HOSTILE, verdict: 'damaged', problem: HOSTILE }],
        },
      },
      {},
    );
    await writeEpoch(store, { ...SAMPLE_EPOCH, source: 'catalog' });
  },
  year: async (directory) => {
    for (const source of ['app', 'billing', 'search']) {
      await writeHistory(directory, {
        source,
        backups: 400,
        newest: NEWEST,
        report: ITEMS,
        isProven: (index) => index % 3 === 0,
        isMissing: (index) => source === 'search' && index > 120 && index < 140,
      });
    }
  },
};
