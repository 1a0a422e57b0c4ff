import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkRecipients } from '../../../lib/engine/age/recipients.ts';
import { bringBack } from '../../../lib/engine/bring-back/bring-back.ts';
import { undo } from '../../../lib/engine/bring-back/undo.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../cli/lifeboat.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

it('keeps the rows of an encrypted backup encrypted, and needs an identity for both ways', async () => {
  const identity = await generateIdentity();
  const recipients = await checkRecipients([await identityToRecipient(identity)]);
  await server.run(
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'before' FROM generate_series(1, 50) g",
  );
  const { place } = await takeBackup(server.url(), vault, { recipients });
  await server.run("UPDATE t SET v = 'a secret of today'");
  const settings = connectionSettings(server.url());
  const request = { store: vault.store, place, settings, tables: ['t'], overwrite: true };
  await expect(bringBack(request)).rejects.toMatchObject({ code: 'identity-missing' });
  const environment = {
    LIFEBOAT_SOURCE_URL: server.url(),
    LIFEBOAT_VAULT: vault.directory,
    LIFEBOAT_AGE_IDENTITY: identity,
  };
  const name = `manual/${place.source}/${place.backupId}`;
  const argv = ['restore', name, '--rows', '--table', 't', '--overwrite', '--yes', 'postgres', '--json'];
  const done = await lifeboat(argv, { environment });
  expect({ code: done.exitCode, stderr: done.stderr }).toEqual({ code: 0, stderr: '' });
  const { safetyCopy } = JSON.parse(done.stdout);
  const kept = vault.files().filter((file) => file.startsWith(safetyCopy));
  expect(kept.some((file) => file.endsWith('.copy.zst.age'))).toBe(true);
  for (const file of kept)
    expect(readFileSync(join(vault.directory, file)).includes('a secret of today')).toBe(false);
  await expect(undo({ store: vault.store, safetyCopy, settings })).rejects.toMatchObject({
    code: 'identity-missing',
  });
  const undone = await lifeboat(['restore', '--undo', safetyCopy, '--yes', 'postgres', '--json'], {
    environment,
  });
  expect(JSON.parse(undone.stdout).tables).toEqual([expect.objectContaining({ overwritten: 50 })]);
});
