import { generateIdentity, identityToRecipient } from 'age-encryption';
import aslValidator from 'asl-validator';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Recipients } from '../../../lib/engine/age/recipients.ts';
import { type BackupPlace, manifestKey, scrubFolder } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { lastScrubRecord, scrubRecordKeys } from '../../../lib/engine/archive/scrub-record.ts';
import { type ObjectStore, readObject } from '../../../lib/engine/storage/object-store.ts';
import { type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type ScrubWorld, startScrubWorld } from './scrub-world.ts';

const STARTED = '2026-12-02T04:00:00.000Z';
const NEWEST: BackupPlace = { retentionClass: 'daily', source: 'shop', backupId: '20261201T020000Z' };
const OLDER: BackupPlace = { retentionClass: 'weekly', source: 'shop', backupId: '20261129T020000Z' };
const OLDEST: BackupPlace = { retentionClass: 'monthly', source: 'shop', backupId: '20261101T020000Z' };

let world: ScrubWorld;
let vault: ObjectStore;
beforeEach(async () => {
  vi.resetModules();
  world = await startScrubWorld((variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  });
  vault = world.openVault();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await vault.close();
  await world.close();
});
afterAll(() => vi.resetModules());

const backUp = (place: BackupPlace): Promise<FixtureArchive> => writeFixtureArchive(vault, { place });
const chunkOf = (archive: FixtureArchive, table: string) =>
  archive.table('public', table).chunks[0]?.key ?? 'no such chunk';

async function recordOf(place: BackupPlace) {
  vault = world.openVault();
  const keys = await scrubRecordKeys(vault, place, {});
  return await lastScrubRecord(vault, place, keys.get(nameOfBackup(place)) ?? [], {});
}

function published(): Record<string, number> {
  return world.aws.cloudWatch.take().shop ?? {};
}

it('the definition is one in the Amazon States Language, and fits', () => {
  const checked = aslValidator(world.definition as never);
  expect(checked.errorsText('\n')).toBe('');
  expect(checked.isValid).toBe(true);
  // AWS Step Functions Developer Guide, "Quotas related to state machines": 1 MB.
  expect(JSON.stringify(world.definition).length).toBeLessThan(100_000);
});

it('an undamaged vault is read in full, every backup has a record, and nobody is told anything', async () => {
  await backUp(NEWEST);
  await backUp(OLDER);
  expect(await world.run(STARTED)).toMatchObject({ complete: true, backups: 2, intact: 2, damaged: 0 });
  const record = await recordOf(NEWEST);
  expect(record).toMatchObject({ verdict: 'intact', problems: [], opened: null });
  const manifest = JSON.parse((await readObject(vault, manifestKey(NEWEST))).toString());
  expect(record?.readBytes).toBe(manifest.totals.storedBytes);
  expect(world.topic.messages).toEqual([]);
  expect(published()).toEqual({ DamagedBackups: 0 });
  expect(world.guard.refused).toEqual([]);
});

it('damaged, cut and missing objects are named, and the newest intact backup', async () => {
  const newest = await backUp(NEWEST);
  const older = await backUp(OLDER);
  await backUp(OLDEST);
  const [flipped, cut, gone] = [
    chunkOf(newest, 'users'),
    chunkOf(newest, 'events'),
    older.keyOf('post-data'),
  ];
  const bytes = await readObject(vault, flipped);
  bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1;
  await vault.put(flipped, bytes, { ifAbsent: false });
  await vault.put(cut, (await readObject(vault, cut)).subarray(0, 20), { ifAbsent: false });
  world.s3.remove(gone);

  expect(await world.run(STARTED)).toMatchObject({ complete: true, backups: 3, intact: 1, damaged: 2 });
  expect(await recordOf(NEWEST)).toMatchObject({
    verdict: 'damaged',
    problems: expect.arrayContaining([
      { name: flipped, verdict: 'damaged', problem: 'is not what was written: its SHA-256 differs' },
      { name: cut, verdict: 'damaged', problem: expect.stringMatching(/^has 20 bytes, \d+ were written$/) },
    ]),
  });
  expect((await recordOf(OLDER))?.problems).toContainEqual({
    ...{ name: gone, verdict: 'damaged', problem: 'is missing' },
  });
  expect(await recordOf(OLDEST)).toMatchObject({ verdict: 'intact' });
  expect(published()).toEqual({ DamagedBackups: 2 });
  const [message, ...others] = world.topic.messages;
  expect(others).toEqual([]);
  expect(message?.subject).toBe('Lifeboat sandbox: damaged backups');
  for (const name of [flipped, cut, gone]) expect(message?.message).toContain(name);
  expect(message?.message).toContain(`The newest intact backup of shop is ${nameOfBackup(OLDEST)}.`);
  expect(message?.message).toContain('docs/runbook.md#scrub-damaged');
});

it('a function that throws once is tried again', async () => {
  await backUp(NEWEST);
  world.before = (step, count) => {
    if (step === 'check' && count === 1) throw new Error('the network was busy');
  };
  expect(await world.run(STARTED)).toMatchObject({ complete: true, intact: 1 });
  expect(world.invocations.check).toBe(2);
  expect(world.topic.messages).toEqual([]);
});

it('what cannot be read is tried four times and once more, is told, and hides nothing else', async () => {
  const archive = await backUp(NEWEST);
  world.s3.remove(chunkOf(archive, 'users'));
  const other = await backUp(OLDER);
  const refused = chunkOf(other, 'events');
  const decide = world.s3.onRequest;
  world.s3.onRequest = (request) =>
    request.key === refused && request.operation === 'GetObject'
      ? { status: 403, code: 'AccessDenied', message: 'Access Denied' }
      : decide?.(request);
  await expect(world.run(STARTED)).rejects.toThrow(/ScrubIncomplete|could not be read/);
  expect(world.invocations.check).toBe(5);
  expect(await recordOf(NEWEST)).toMatchObject({ verdict: 'damaged' });
  expect(await recordOf(OLDER)).toMatchObject({ verdict: 'unreadable', objects: 20 });
  expect(world.topic.messages[0]?.message).toContain('could not be read in full');
  expect(world.topic.messages[0]?.message).toContain(refused);
  expect(published()).toEqual({ DamagedBackups: 1 });
});

it('a function that runs out of time is not tried again', async () => {
  await backUp(NEWEST);
  world.before = (step) => {
    if (step === 'check') throw Object.assign(new Error('too large'), { name: 'ScrubTimeUp' });
  };
  await expect(world.run(STARTED)).rejects.toThrow();
  // And once more for what can be read until then.
  expect(world.invocations.check).toBe(2);
  // Nobody knows of any damage, but an alarm must not end by that.
  expect(published()).toEqual({});
  expect(await recordOf(NEWEST)).toMatchObject({ verdict: 'unreadable' });
  expect(world.topic.messages[0]?.message).toContain('too large');
});

it('a scrub that cannot even begin is told, and is none for the sentinel', async () => {
  world.before = (step) => {
    if (step === 'list') throw new Error('no manifest can be read');
  };
  await expect(world.run(STARTED)).rejects.toThrow();
  expect(world.topic.messages[0]?.message).toContain('no manifest can be read');
  expect(world.s3.keys()).toEqual([]);
});

it('an empty vault is scrubbed at once', async () => {
  expect(await world.run(STARTED)).toMatchObject({ complete: true, backups: 0 });
  expect(world.invocations).toEqual({ list: 1, check: 0, end: 1 });
  expect(world.s3.keys()).toEqual([expect.stringMatching(/^scrubs\/\d{8}T\d{6}\.\d{3}Z\.json$/)]);
});

it('a backup that expires in the middle is no damage, and has no record', async () => {
  const archive = await backUp(OLDEST);
  await backUp(NEWEST);
  world.before = (step) => {
    if (step !== 'check') return;
    world.s3.remove(manifestKey(OLDEST));
    world.s3.remove(chunkOf(archive, 'users'));
  };
  expect(await world.run(STARTED)).toMatchObject({ complete: true, backups: 1, intact: 1, gone: 1 });
  expect(world.s3.keys().filter((key) => key.startsWith(scrubFolder(OLDEST)))).toEqual([]);
  expect(world.topic.messages).toEqual([]);
});

it('an unreadable manifest is damage of its backup, and hides no other', async () => {
  await backUp(NEWEST);
  await backUp(OLDER);
  await vault.put(manifestKey(OLDER), Buffer.from('{}'), { ifAbsent: false });
  expect(await world.run(STARTED)).toMatchObject({ complete: true, intact: 1, damaged: 1 });
  expect(world.topic.messages[0]?.message).toContain(manifestKey(OLDER));
});

it('an encrypted backup is read without an identity, and its record says so', async () => {
  const recipients: Recipients = [await identityToRecipient(await generateIdentity())];
  await writeFixtureArchive(vault, { place: NEWEST, recipients });
  const older = await writeFixtureArchive(vault, { place: OLDER, recipients });
  const key = chunkOf(older, 'users');
  const bytes = await readObject(vault, key);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await vault.put(key, bytes, { ifAbsent: false });
  expect(await world.run(STARTED)).toMatchObject({ complete: true, intact: 1, damaged: 1 });
  expect(await recordOf(NEWEST)).toMatchObject({ verdict: 'intact', opened: false, problems: [] });
  expect(await recordOf(OLDER)).toMatchObject({
    ...{ verdict: 'damaged', opened: false },
    problems: [{ name: key, verdict: 'damaged' }],
  });
  expect(world.guard.refused).toEqual([]);
});

it('the last step may be repeated: records are written once', async () => {
  await backUp(NEWEST);
  world.topic.refuses = true;
  world.before = (step, count) => {
    if (step === 'end' && count === 2) world.topic.refuses = false;
  };
  const archive = chunkOf(await backUp(OLDER), 'users');
  world.s3.remove(archive);
  expect(await world.run(STARTED)).toMatchObject({ complete: true, damaged: 1 });
  expect(world.invocations.end).toBe(2);
  expect(world.topic.messages).toHaveLength(1);
  expect(world.s3.keys().filter((key) => /^scrubs\/|\/scrubs\//.test(key))).toHaveLength(3);
});
