import { generateHybridIdentity, generateIdentity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import { Identities } from '../../../../lib/engine/age/identities.ts';
import type { Recipients } from '../../../../lib/engine/age/recipients.ts';
import type { ObjectStore } from '../../../../lib/engine/storage/object-store.ts';
import { withIdentities } from '../../../../lib/engine/storage/with-identities.ts';
import { verifyBackup } from '../../../../lib/engine/verify/verify.ts';
import { ArchiveCopy } from '../../../support/archive-copy.ts';
import {
  encrypted,
  FIXTURE_PLACE,
  type FixtureArchive,
  writeFixtureArchive,
} from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const original = new MemoryStore();
let archive: FixtureArchive;
let recipients: Recipients;
let others: Recipients;
let right: Identities;
let wrong: Identities;
beforeAll(async () => {
  const [identity, hybrid, other] = [
    await generateIdentity(),
    await generateHybridIdentity(),
    await generateIdentity(),
  ];
  recipients = [await identityToRecipient(identity), await identityToRecipient(hybrid)];
  others = [await identityToRecipient(other), await identityToRecipient(await generateHybridIdentity())];
  right = await Identities.read(hybrid, 'a test');
  wrong = await Identities.read(other, 'a test');
  archive = await writeFixtureArchive(original, { recipients });
});

const verify = (store: ObjectStore, identities?: Identities) =>
  verifyBackup(withIdentities(store, identities), FIXTURE_PLACE);
const newCopy = () => new ArchiveCopy(original, archive);
/** What is wrong, with an identity and without. */
async function problemsIn(copy: ArchiveCopy): Promise<[string[], string[]]> {
  copy.reseal();
  const problems = async (identities?: Identities) =>
    (await verify(copy.store, identities)).items
      .filter(({ kind, verdict }) => kind !== 'table' && verdict !== 'match')
      .map(({ problem }) => problem ?? '');
  return [await problems(right), await problems()];
}

describe('an encrypted backup', () => {
  it('is intact, every item of it, for somebody with an identity', async () => {
    const report = await verify(original, right);
    expect(report).toMatchObject({
      verdict: 'intact',
      encryption: { recipients, opened: true },
      totals: { items: 32, damaged: 0, objects: 20, rows: 1015 },
    });
    expect(report.items.map(({ kind }) => kind)).toContain('schema');
  });

  it('is intact as it is stored for somebody without, who learns that nobody looked inside', async () => {
    const report = await verify(original);
    expect(report).toMatchObject({ verdict: 'intact', encryption: { recipients, opened: false } });
    expect(report.items.map(({ kind }) => kind)).not.toContain('schema');
    expect(report.totals.readBytes).toBe(report.totals.storedBytes);
  });

  it('is not verified with an identity that does not fit', async () => {
    await expect(verify(original, wrong)).rejects.toMatchObject({ code: 'identity-does-not-fit' });
  });

  it('has the damage of any other backup', async () => {
    const copy = newCopy();
    const { key } = copy.chunk('events');
    copy.set(key, Buffer.from(copy.get(key).with(0, 0)));
    const [withIdentity, without] = await problemsIn(copy);
    expect(withIdentity).toEqual(['is not what was written: its SHA-256 differs']);
    expect(without).toEqual(withIdentity);
  });

  it.each<[string, (copy: ArchiveCopy) => Promise<void>, string, string | undefined]>([
    [
      'is no age file',
      async (copy) => copy.replaceFitting(copy.chunk('users'), Buffer.from('not encrypted at all')),
      'does not start with the header of an age file',
      'does not start with the header of an age file',
    ],
    [
      'has a recipient less',
      async (copy) => {
        const [, hybrid] = recipients;
        const plain = Buffer.from('anything');
        copy.replaceFitting(copy.object('roles'), await encrypted([String(hybrid)], plain));
      },
      'has an age header for other recipients: mlkem768x25519 instead of X25519, mlkem768x25519',
      'has an age header for other recipients: mlkem768x25519 instead of X25519, mlkem768x25519',
    ],
    [
      'holds something else',
      async (copy) =>
        copy.replaceFitting(copy.chunk('users'), await encrypted(recipients, Buffer.from('1\tone\n'))),
      'is not one zstd frame of whole rows: not a zstd frame',
      undefined,
    ],
    [
      'was sealed for others with as many keys',
      async (copy) => {
        copy.replaceFitting(copy.chunk('users'), await encrypted(others, Buffer.from('rows')));
      },
      'has an age header that none of the given identities opens',
      undefined,
    ],
    [
      'was cut between two pieces',
      async (copy) => {
        const sealed = await encrypted(recipients, Buffer.alloc(200_000));
        copy.replaceFitting(copy.object('pre-data'), sealed.subarray(0, -(200_000 % 65_536) - 16));
      },
      'holds encrypted content that was changed, moved or cut off',
      undefined,
    ],
  ])(
    'is damaged when one of its objects %s, though its SHA-256 fits',
    async (_, damage, seen, seenWithout) => {
      const copy = newCopy();
      await damage(copy);
      const [withIdentity, without] = await problemsIn(copy);
      expect(withIdentity).toEqual([seen]);
      expect(without).toEqual(seenWithout === undefined ? [] : [seenWithout]);
    },
  );

  it('has nothing plain in it, and nothing encrypted without recipients', async () => {
    const plain = newCopy();
    const roles = plain.object('roles');
    const key = roles.key.replace('.age', '');
    plain.set(key, Buffer.from('CREATE ROLE shop_owner;\n'));
    Object.assign(roles, { key });
    plain.replaceFitting(roles, Buffer.from('CREATE ROLE shop_owner;\n'));
    expect((await problemsIn(plain))[1]).toContain('is not encrypted, though the manifest names recipients');

    const unnamed = newCopy();
    delete unnamed.manifest.encryption;
    expect((await problemsIn(unnamed))[1]).toContain('is encrypted, though the manifest names no recipients');
  });
});
