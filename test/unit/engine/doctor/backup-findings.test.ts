import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../../lib/engine/archive/listing.ts';
import { backupFindings } from '../../../../lib/engine/doctor/backup-findings.ts';
import { DatedVault } from '../watch/dated-vault.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

function look(
  store: DatedVault,
  options: { source?: string; maxAgeHours?: number; isExpected?: boolean } = {},
) {
  return backupFindings({
    store,
    source: options.source,
    maxAgeHours: options.maxAgeHours ?? 25,
    isExpected: options.isExpected ?? false,
    directory: tmpdir(),
    now: () => NOW,
    signal: new AbortController().signal,
  });
}
const verdicts = async (looked: ReturnType<typeof look>) =>
  (await looked).map(({ check, verdict }) => `${check} ${verdict}`);

it('an empty vault is a warning, for every vault begins so', async () => {
  expect(await verdicts(look(new DatedVault()))).toEqual(['backup-age warning']);
  expect(await verdicts(look(new DatedVault(), { source: 'shop' }))).toEqual(['backup-age warning']);
});

it('an empty vault is a problem where somebody expects a backup', async () => {
  const isExpected = true;
  expect(await verdicts(look(new DatedVault(), { isExpected }))).toEqual(['backup-age problem']);
  expect(await verdicts(look(new DatedVault(), { isExpected, source: 'shop' }))).toEqual([
    'backup-age problem',
  ]);
});

it('copied backups count by their own times, whatever came last', async () => {
  const vault = new DatedVault();
  const newest = vault.seal({ slot: hoursAgo(30), writtenAt: hoursAgo(29), sealedAt: hoursAgo(2) });
  const oldest = vault.seal({ slot: hoursAgo(100), sealedAt: hoursAgo(1) });
  vault.prove(oldest);
  const [age, proof] = await look(vault);
  expect(age).toMatchObject({
    verdict: 'problem',
    what: `The newest full backup of shop is 29 h old (${nameOfBackup(newest)}).`,
  });
  expect(proof).toMatchObject({ what: 'The newest proven backup of shop is 4 d old.' });
});

it('an id that is later than its manifest is told, and does not make a backup new', async () => {
  const vault = new DatedVault();
  const ahead = vault.seal({
    slot: new Date('2099-01-01T02:00:00Z'),
    sealedAt: hoursAgo(90),
  });
  vault.prove(vault.seal({ slot: hoursAgo(3) }));
  const findings = await look(vault);
  expect(findings.find(({ check }) => check === 'backup-age')?.what).toContain('3 h old');
  expect(findings.find(({ check }) => check === 'backup-id')).toMatchObject({
    verdict: 'warning',
    what: expect.stringContaining(`The id of ${nameOfBackup(ahead)} is later than its manifest`),
  });
});

it('a fresh backup that is proven is well', async () => {
  const vault = new DatedVault();
  vault.prove(vault.seal({ slot: hoursAgo(3) }));
  expect(await verdicts(look(vault))).toEqual(['backup-age ok', 'proof ok', 'drill-room ok']);
});

it('an old one is a problem, from the hour that was said', async () => {
  const vault = new DatedVault();
  vault.prove(vault.seal({ slot: hoursAgo(30) }));
  const [age] = await look(vault);
  expect(age).toMatchObject({
    verdict: 'problem',
    what: expect.stringContaining('is 30 h old (daily/shop/'),
  });
  expect(age?.remedy).toContain('at most 25 h');
  expect((await look(vault, { maxAgeHours: 31 }))[0]?.verdict).toBe('ok');
});

it('a backup that was never proven, or not for a week, is a warning', async () => {
  const vault = new DatedVault();
  const old = vault.seal({ slot: hoursAgo(200) });
  vault.seal({ slot: hoursAgo(1) });
  expect(await verdicts(look(vault))).toContain('proof warning');
  vault.prove(old);
  expect(await verdicts(look(vault))).toContain('proof warning');
  vault.prove(vault.seal({ slot: hoursAgo(100) }));
  expect(await verdicts(look(vault))).toContain('proof ok');
});

it('a size out of the usual, and a manifest that is damaged, are told', async () => {
  const vault = new DatedVault();
  for (const hours of [97, 73, 49]) vault.prove(vault.seal({ slot: hoursAgo(hours), storedBytes: 1000 }));
  vault.prove(vault.seal({ slot: hoursAgo(1), storedBytes: 100 }));
  expect(await verdicts(look(vault))).toContain('backup-size warning');
  const damaged = vault.seal({ slot: hoursAgo(0.5) });
  vault.write(manifestKey(damaged), Buffer.from('{}'), hoursAgo(0.5));
  expect(await verdicts(look(vault))).toContain('backup-damage problem');
});

it('every source is looked at, or the one that was named', async () => {
  const vault = new DatedVault();
  vault.prove(vault.seal({ slot: hoursAgo(1) }));
  vault.prove(vault.seal({ slot: hoursAgo(90), source: 'billing' }));
  expect(
    (await look(vault)).filter(({ check }) => check === 'backup-age').map(({ verdict }) => verdict),
  ).toEqual(['problem', 'ok']);
  expect(await verdicts(look(vault, { source: 'shop' }))).not.toContain('backup-age problem');
});
