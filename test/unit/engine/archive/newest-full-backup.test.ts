import { expect, it } from 'vitest';
import { manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { newestFullBackup } from '../../../../lib/engine/archive/newest-full-backup.ts';
import { DatedVault } from '../sentinel/dated-vault.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));

it('is the newest with rows, of whatever class, and sealed', async () => {
  const vault = new DatedVault();
  vault.seal({ slot: at(1), retentionClass: 'weekly' });
  const newest = vault.seal({ slot: at(2) });
  vault.seal({ slot: at(3), retentionClass: 'manual', scope: 'schema-only' });
  vault.seal({ slot: at(4), source: 'billing' });
  const open = vault.seal({ slot: at(5) });
  vault.objects.delete(manifestKey(open));
  vault.write('daily/shop/20261120T050000Z/k3f9aqxz/roles.sql', Buffer.from(''), at(5));
  expect(await newestFullBackup(vault, 'shop')).toEqual(newest);
});

it('is the newest of the schema alone where there is nothing else, and an error where there is nothing', async () => {
  const vault = new DatedVault();
  await expect(newestFullBackup(vault, 'shop')).rejects.toMatchObject({ code: 'backup-none' });
  const newest = vault.seal({ slot: at(3), scope: 'schema-only' });
  expect(await newestFullBackup(vault, 'shop')).toEqual(newest);
});

it('does not give an older one in silence when the newest is damaged', async () => {
  const vault = new DatedVault();
  vault.seal({ slot: at(1) });
  const damaged = vault.seal({ slot: at(2) });
  vault.write(manifestKey(damaged), Buffer.from('{}'), at(2));
  await expect(newestFullBackup(vault, 'shop')).rejects.toMatchObject({ code: 'manifest-invalid' });
});
