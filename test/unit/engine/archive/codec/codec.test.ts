import { zstdDecompressSync } from 'node:zlib';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Identities } from '../../../../../lib/engine/age/identities.ts';
import { checkRecipients, type Recipients } from '../../../../../lib/engine/age/recipients.ts';
import { readChunk, readWhole } from '../../../../../lib/engine/archive/codec/decode.ts';
import { storeChunk, storeText, storeWhole } from '../../../../../lib/engine/archive/codec/encode.ts';
import type { StoredObject } from '../../../../../lib/engine/archive/manifest.ts';
import { MOST_WHOLE_BYTES, ObjectTruncatedError } from '../../../../../lib/engine/storage/object-store.ts';
import { withIdentities } from '../../../../../lib/engine/storage/with-identities.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';

const signal = new AbortController().signal;
const ROWS = ['1\tone\n2\ttwo\n', '3\tthree\n'];

let store: MemoryStore;
const at = (key: string) => ({ store, key, signal });
async function* rows() {
  for (const piece of ROWS) yield Buffer.from(piece);
}
async function textOf(object: StoredObject): Promise<string> {
  return Buffer.concat(await Array.fromAsync(readChunk(store, object, signal))).toString();
}
async function bytesOf(key: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(store.get(key)));
}

beforeEach(() => {
  store = new MemoryStore();
});

describe('an object that the vault has lost', () => {
  const [chunk, script] = [
    () => storeChunk(at('t.copy.zst'), rows()),
    () => storeWhole(at('roles.sql'), 'x'),
  ];
  const damaged = { code: 'object-damaged', kind: 'verification' };

  it('is damage to its backup, whether it is read as a stream or whole', async () => {
    for (const [object, read] of [
      [await chunk(), textOf],
      [await script(), (one: StoredObject) => readWhole(store, one, signal)],
    ] as const) {
      store.objects.delete(object.key);
      const reading = read(object);
      await expect(reading).rejects.toMatchObject(damaged);
      await expect(reading).rejects.toMatchObject({
        what: `${object.key} is missing.`,
        remedy: expect.stringContaining('Use another backup'),
      });
    }
  });

  it('in part is damage too', async () => {
    const object = await chunk();
    store.get = async function* (key: string) {
      yield Buffer.from([0x28]);
      throw new ObjectTruncatedError(key, store.url, 1, object.sizeBytes);
    };
    const reading = textOf(object);
    await expect(reading).rejects.toMatchObject(damaged);
    await expect(reading).rejects.toThrow('t.copy.zst is cut short in the vault.');
  });
});

describe('what is stored', () => {
  it('comes back from a stream of rows', async () => {
    const object = await storeChunk(at('t.copy.zst'), rows());
    const bytes = await bytesOf('t.copy.zst');
    expect(object).toMatchObject({ key: 't.copy.zst', sizeBytes: bytes.length });
    expect(zstdDecompressSync(bytes).toString()).toBe(ROWS.join(''));
    expect(await textOf(object)).toBe(ROWS.join(''));
  });

  it.each(['roles.sql', 'fingerprint.json.zst'])(
    'comes back whole as %s, compressed where the name says so',
    async (key) => {
      const object = await storeWhole(at(key), 'words');
      const bytes = await bytesOf(key);
      expect((key.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString()).toBe('words');
      expect((await readWhole(store, object, signal)).toString()).toBe('words');
    },
  );

  it('comes back from pieces of text', async () => {
    async function* pieces() {
      yield 'SELECT 1;\n';
      yield 'SELECT 2;\n';
    }
    const object = await storeText(at('metadata.sql'), pieces());
    expect((await readWhole(store, object, signal)).toString()).toBe('SELECT 1;\nSELECT 2;\n');
  });

  it('is never written over', async () => {
    await storeWhole(at('roles.sql'), 'first');
    await expect(storeWhole(at('roles.sql'), 'second')).rejects.toMatchObject({ code: 'object-exists' });
  });
});

describe('what was changed since', () => {
  const DAMAGE: Record<string, (bytes: Buffer) => Buffer> = {
    shorter: (bytes) => bytes.subarray(0, -1),
    longer: (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
    'another byte': (bytes) => Buffer.from(bytes.with(bytes.length - 1, Number(bytes.at(-1)) ^ 1)),
    empty: () => Buffer.alloc(0),
  };

  it.each(Object.entries(DAMAGE))('is refused: %s', async (_, damage) => {
    const chunk = await storeChunk(at('t.copy.zst'), rows());
    const text = await storeWhole(at('roles.sql'), 'words');
    for (const { key } of [chunk, text])
      await store.put(key, damage(await bytesOf(key)), { ifAbsent: false });
    await expect(textOf(chunk)).rejects.toMatchObject({ code: 'object-damaged' });
    await expect(readWhole(store, text, signal)).rejects.toMatchObject({ code: 'object-damaged' });
  });

  it('is not fetched where the manifest says that it would fill the memory', async () => {
    const text = await storeWhole(at('roles.sql'), 'words');
    const claimed = { ...text, sizeBytes: MOST_WHOLE_BYTES + 1 };
    await expect(readWhole(store, claimed, signal)).rejects.toMatchObject({ code: 'object-too-large' });
  });
});

describe('what is encrypted to recipients', () => {
  let identity: string;
  let recipients: Recipients;
  let right: Identities;
  let wrong: Identities;
  beforeAll(async () => {
    identity = await generateIdentity();
    recipients = await checkRecipients([await identityToRecipient(identity)]);
    right = await Identities.read(identity, 'a test');
    wrong = await Identities.read(await generateIdentity(), 'a test');
  });
  const sealed = (key: string) => ({ ...at(key), recipients });
  async function decrypted(key: string): Promise<Buffer> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return Buffer.from(await decrypter.decrypt(await bytesOf(key)));
  }
  const chunkBy = async (identities: Identities | undefined, object: StoredObject) =>
    Buffer.concat(
      await Array.fromAsync(readChunk(withIdentities(store, identities), object, signal)),
    ).toString();
  const wholeBy = async (identities: Identities | undefined, object: StoredObject) =>
    (await readWhole(withIdentities(store, identities), object, signal)).toString();

  it('is compressed first, and comes back', async () => {
    const chunk = await storeChunk(sealed('t.copy.zst.age'), rows());
    expect(zstdDecompressSync(await decrypted(chunk.key)).toString()).toBe(ROWS.join(''));
    expect(await chunkBy(right, chunk)).toBe(ROWS.join(''));
    const script = await storeWhole(sealed('roles.sql.age'), 'words');
    expect((await decrypted(script.key)).toString()).toBe('words');
    expect(await wholeBy(right, script)).toBe('words');
    const fingerprint = await storeWhole(sealed('fingerprint.json.zst.age'), 'facts');
    expect(zstdDecompressSync(await decrypted(fingerprint.key)).toString()).toBe('facts');
    expect(await wholeBy(right, fingerprint)).toBe('facts');
    async function* pieces() {
      yield 'SELECT 1;\n';
    }
    expect(await wholeBy(right, await storeText(sealed('metadata.sql.age'), pieces()))).toBe('SELECT 1;\n');
  });

  it('is never stored plain for want of recipients', async () => {
    await expect(storeWhole(at('roles.sql.age'), 'words')).rejects.toThrow('needs recipients');
    await expect(storeChunk(at('t.copy.zst.age'), rows())).rejects.toThrow('needs recipients');
    expect([...store.objects.keys()]).toEqual([]);
  });

  it('needs an identity, and the right one', async () => {
    const chunk = await storeChunk(sealed('t.copy.zst.age'), rows());
    const script = await storeWhole(sealed('roles.sql.age'), 'words');
    await expect(chunkBy(undefined, chunk)).rejects.toMatchObject({ code: 'identity-missing' });
    await expect(wholeBy(undefined, script)).rejects.toMatchObject({ code: 'identity-missing' });
    await expect(chunkBy(wrong, chunk)).rejects.toMatchObject({ code: 'identity-does-not-fit' });
    await expect(wholeBy(wrong, script)).rejects.toMatchObject({ code: 'identity-does-not-fit' });
  });

  it('is damaged, and not for somebody else, when its header was changed', async () => {
    const chunk = await storeChunk(sealed('t.copy.zst.age'), rows());
    const script = await storeWhole(sealed('roles.sql.age'), 'words');
    for (const { key } of [chunk, script]) {
      const bytes = await bytesOf(key);
      // A digit of the stanza's share: no identity fits any more.
      const at = bytes.indexOf('-> X25519 ') + 15;
      await store.put(key, Buffer.from(bytes.with(at, bytes[at] === 0x41 ? 0x42 : 0x41)), {
        ifAbsent: false,
      });
    }
    for (const failure of [chunkBy(right, chunk), wholeBy(right, script)]) {
      await expect(failure).rejects.toMatchObject({
        code: 'object-damaged',
        what: expect.stringContaining('SHA-256 differs'),
      });
    }
  });

  it('is damaged when a piece was cut off, moved or changed', async () => {
    const script = await storeWhole(sealed('roles.sql.age'), 'x'.repeat(200_000));
    const bytes = await bytesOf(script.key);
    const { createHash } = await import('node:crypto');
    // Even if the manifest says that these bytes are right.
    const fitting = async (changed: Buffer) => {
      await store.put(script.key, changed, { ifAbsent: false });
      const sha256 = createHash('sha256').update(changed).digest('hex');
      return { key: script.key, sizeBytes: changed.length, sha256 };
    };
    const damaged = [bytes.subarray(0, -70_000), bytes.subarray(0, 250), Buffer.from(bytes.with(100_000, 1))];
    for (const changed of damaged) {
      await expect(wholeBy(right, await fitting(changed))).rejects.toMatchObject({ code: 'object-damaged' });
    }
  });
});
