import { expect, it } from 'vitest';
import { rowsCopyKey } from '../../../../lib/engine/archive/keys.ts';
import { formatSealedJson } from '../../../../lib/engine/archive/sealed-json.ts';
import { readSafetyCopy } from '../../../../lib/engine/bring-back/safety-copy.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const PLACE = {
  retentionClass: 'manual',
  source: 'shop-before-restore',
  backupId: '20261120T020000Z-abc123',
} as const;
const OWN = `manual/shop-before-restore/${PLACE.backupId}/k3f9aqxz/`;
const signal = new AbortController().signal;

function copyWith(key: string): MemoryStore {
  const object = { key, sizeBytes: 1, sha256: '0'.repeat(64) };
  const table = { schema: 'public', name: 'users', columns: ['id'], key: ['id'], rows: 1, object };
  const copy = {
    ...{ format: 1, what: 'rows', takenAt: '2026-11-20T02:00:00.000Z', of: 'daily/shop/20261119T020000Z' },
    ...{
      database: 'shop',
      databaseOid: 5,
      systemIdentifier: null,
      encoding: 'UTF8',
      lifeboatVersion: '0.1.0',
      tables: [table],
    },
  };
  return new MemoryStore([[rowsCopyKey(PLACE), formatSealedJson(copy)]]);
}

it('a safety copy reads the rows in its own folder, and refuses to read any others', async () => {
  const read = (key: string) => readSafetyCopy(copyWith(key), PLACE, signal);
  expect((await read(`${OWN}data/0001-public.users.copy.zst`)).tables).toHaveLength(1);
  for (const key of ['daily/shop/20261119T020000Z/k3f9aqxz/data/0001.copy.zst', `${OWN}../../x.zst`]) {
    const refused = read(key);
    await expect(refused).rejects.toMatchObject({ code: 'undo-damaged', kind: 'verification' });
    await expect(refused).rejects.toThrow(key);
  }
});
