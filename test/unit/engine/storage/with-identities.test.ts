import { generateIdentity } from 'age-encryption';
import { expect, it } from 'vitest';
import { Identities } from '../../../../lib/engine/age/identities.ts';
import { withIdentities } from '../../../../lib/engine/storage/with-identities.ts';
import { testVault } from '../../../support/vaults.ts';

it('is the same store, and holds the identities', async () => {
  const vault = await testVault();
  const identities = await Identities.read(await generateIdentity(), 'a test');
  const store = withIdentities(vault.store, identities);
  expect(store.identities).toBe(identities);
  expect(store.url).toBe(vault.store.url);
  await store.put('daily/a', Buffer.from('words'));
  expect(Buffer.concat(await Array.fromAsync(vault.store.get('daily/a'))).toString()).toBe('words');
  expect((await store.list('daily/')).objects).toMatchObject([{ key: 'daily/a', sizeBytes: 5 }]);
  expect(withIdentities(vault.store, undefined)).toBe(vault.store);
  expect(vault.store.identities).toBeUndefined();
  await store.close();
  vault.remove();
});
