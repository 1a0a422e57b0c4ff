import { expect, it } from 'vitest';
import { manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { resolveBackup } from '../../../../lib/engine/archive/resolve-backup.ts';
import { DatedVault } from '../sentinel/dated-vault.ts';

const latestOf = (vault: DatedVault, source: string) => resolveBackup(vault, 'latest', { source });
const at = (hour: number) => new Date(Date.UTC(2026, 10, 20) + hour * 3_600_000);

it('is the newest that holds everything, of whatever class, and sealed', async () => {
  const vault = new DatedVault();
  vault.seal({ slot: at(1), retentionClass: 'weekly' });
  const newest = vault.seal({ slot: at(2) });
  vault.seal({ slot: at(3), retentionClass: 'manual', scope: 'schema-only' });
  vault.seal({ slot: at(3.5), retentionClass: 'manual', scope: 'partial' });
  vault.seal({ slot: at(4), source: 'billing' });
  const open = vault.seal({ slot: at(5) });
  vault.objects.delete(manifestKey(open));
  vault.write('daily/shop/20261120T050000Z/k3f9aqxz/roles.sql', Buffer.from(''), at(5));
  expect(await latestOf(vault, 'shop')).toEqual(newest);
  const weekly = await resolveBackup(vault, 'latest', { source: 'shop', retentionClass: 'weekly' });
  expect(weekly).toMatchObject({ backupId: '20261120T010000Z' });
});

it('does not read the manifests of older ones', async () => {
  const vault = new DatedVault();
  for (let hour = 1; hour <= 9; hour++) vault.seal({ slot: at(hour) });
  vault.requests.length = 0;
  await latestOf(vault, 'shop');
  expect(vault.requests.filter((request) => /^(head|get)/.test(request))).toHaveLength(2);
});

it('is the newest of the schema alone where there is nothing else, and an error where there is nothing', async () => {
  const vault = new DatedVault();
  await expect(latestOf(vault, 'shop')).rejects.toMatchObject({ code: 'backup-none' });
  const newest = vault.seal({ slot: at(3), scope: 'schema-only' });
  expect(await latestOf(vault, 'shop')).toEqual(newest);
});

it('does not give an older one in silence when the newest is damaged', async () => {
  const vault = new DatedVault();
  vault.seal({ slot: at(1) });
  const damaged = vault.seal({ slot: at(2) });
  vault.write(manifestKey(damaged), Buffer.from('{}'), at(2));
  await expect(latestOf(vault, 'shop')).rejects.toMatchObject({ code: 'manifest-invalid' });
});
