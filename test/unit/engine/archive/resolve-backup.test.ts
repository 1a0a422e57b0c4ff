import { expect, it } from 'vitest';
import { type BackupPlace, backupPrefix, manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { listBackups } from '../../../../lib/engine/archive/listing.ts';
import { resolveBackup } from '../../../../lib/engine/archive/resolve-backup.ts';
import { DatedVault } from '../watch/dated-vault.ts';

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
  // Three of the newest manifest, of which one asks whether S3 replicated it, and one of the next.
  expect(vault.requests.filter((request) => /^(head|get)/.test(request))).toHaveLength(4);
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

it('is not one that is named for a time to come, nor one of a clock that was fast', async () => {
  const vault = new DatedVault();
  const ahead = vault.seal({ slot: at(24 * 365) });
  vault.write(manifestKey(ahead), vault.objects.get(manifestKey(ahead)) ?? Buffer.alloc(0), at(3));
  vault.seal({ slot: at(2) });
  const newest = vault.seal({ slot: at(4), retentionClass: 'manual' });
  vault.seal({ slot: at(1) });
  expect(await latestOf(vault, 'shop')).toEqual(newest);
  const { backups } = await listBackups(vault);
  expect(backups.map(({ place }) => place.backupId.slice(0, 11))).toEqual([
    '20261120T04',
    '20271120T00',
    '20261120T02',
    '20261120T01',
  ]);
});

it('is the same in a vault that was copied, whose files are all of one day', async () => {
  const vault = new DatedVault();
  const places = [1, 3, 2].map((hour) => vault.seal({ slot: at(hour) }));
  const copied = [places[1], places[2], places[0]];
  for (const [index, place] of copied.entries()) {
    if (!place) continue;
    const key = manifestKey(place);
    vault.write(key, vault.objects.get(key) ?? Buffer.alloc(0), at(100 + index));
  }
  expect(await latestOf(vault, 'shop')).toEqual(places[1]);
});

/** Takes a chunk of a backup away, as long as it is on its way; the function that is returned brings it. */
function onItsWay(vault: DatedVault, place: BackupPlace): () => void {
  const [[key, bytes] = ['', Buffer.alloc(0)]] = [...vault.objects].filter(
    ([each]) => each.startsWith(backupPrefix(place)) && each.endsWith('.copy.zst'),
  );
  expect(vault.objects.delete(key)).toBe(true);
  return () => vault.write(key, bytes, at(9));
}

it('passes over what is still arriving in a replica, and says so', async () => {
  const vault = new DatedVault();
  vault.isReplica = true;
  const whole = vault.seal({ slot: at(1) });
  const arriving = [vault.seal({ slot: at(2) }), vault.seal({ slot: at(3), retentionClass: 'manual' })];
  const arrive = arriving.map((place) => onItsWay(vault, place));
  const notices: string[] = [];
  const latest = () =>
    resolveBackup(vault, 'latest', { source: 'shop' }, { onNotice: (notice) => notices.push(notice) });
  expect(await latest()).toEqual(whole);
  expect(notices).toEqual([
    'Not all objects of manual/shop/20261120T030000Z, daily/shop/20261120T020000Z have arrived in this replica yet. The latest backup that is whole is daily/shop/20261120T010000Z.',
  ]);
  arrive[0]?.();
  expect(await latest()).toEqual(arriving[0]);
  arrive[1]?.();
  notices.length = 0;
  expect(await latest()).toEqual(arriving[1]);
  expect(notices).toEqual([]);
});

it('is an error while the first backup is arriving, and never the schema alone in its place', async () => {
  const vault = new DatedVault();
  vault.isReplica = true;
  vault.seal({ slot: at(3), scope: 'schema-only', retentionClass: 'manual' });
  const arrive = onItsWay(vault, vault.seal({ slot: at(2) }));
  await expect(latestOf(vault, 'shop')).rejects.toMatchObject({
    code: 'backup-arriving',
    what: expect.stringMatching(/^daily\/shop\/20261120T020000Z is still arriving .* is missing\.$/),
  });
  arrive();
  expect(await latestOf(vault, 'shop')).toMatchObject({ backupId: '20261120T020000Z' });
});

it('is in a vault that is no replica the newest, whatever it lacks: that is damage, to be told of', async () => {
  const vault = new DatedVault();
  vault.seal({ slot: at(1) });
  const damaged = vault.seal({ slot: at(2) });
  onItsWay(vault, damaged);
  expect(await latestOf(vault, 'shop')).toEqual(damaged);
});
