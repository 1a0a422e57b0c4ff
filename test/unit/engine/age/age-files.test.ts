import { execFileSync } from 'node:child_process';
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as age from 'age-encryption';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgeFileError, NoKeyFitsError } from '../../../../lib/engine/age/age-file-error.ts';
import { decrypt } from '../../../../lib/engine/age/decrypt.ts';
import { encrypt } from '../../../../lib/engine/age/encrypt.ts';
import { lengthOfHeader, makeHeader, stanzasOf } from '../../../../lib/engine/age/header.ts';
import { Identities } from '../../../../lib/engine/age/identities.ts';
import { checkRecipients, type Recipients } from '../../../../lib/engine/age/recipients.ts';
import { programPath } from '../../../support/restore-script.ts';

const PIECE = 64 * 1024;
const SEALED_PIECE = PIECE + 16;
/** Around the sizes at which a payload gets another piece. */
const SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5];

interface Key {
  readonly identity: string;
  readonly recipient: string;
}
let x25519: Key;
let hybrid: Key;
let other: Key;
const keyOf = async (identity: string): Promise<Key> => ({
  identity,
  recipient: await age.identityToRecipient(identity),
});
beforeAll(async () => {
  x25519 = await keyOf(await age.generateX25519Identity());
  hybrid = await keyOf(await age.generateHybridIdentity());
  other = await keyOf(await age.generateX25519Identity());
});

async function* cut(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const whole = async (pieces: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(pieces));
/** Of both kinds: a vault could hold such a file, though no backup makes it. */
const recipientsOf = (keys: readonly Key[]) =>
  keys.map(({ recipient }) => recipient) as unknown as Recipients;
const sealed = async (content: Uint8Array, keys: readonly Key[], size?: number) =>
  whole(encrypt(recipientsOf(keys), cut(content, size)));
const opened = async (file: Uint8Array, { identity }: Key, size?: number) =>
  whole(decrypt(await Identities.read(identity, 'a test'), cut(file, size)));

describe('an age file', () => {
  it.each(SIZES)('of %i bytes comes back, and is read by the library', async (size) => {
    const content = randomBytes(size);
    const file = await sealed(content, [x25519, hybrid]);
    for (const key of [x25519, hybrid]) {
      expect((await opened(file, key)).equals(content)).toBe(true);
      const decrypter = new age.Decrypter();
      decrypter.addIdentity(key.identity);
      expect(Buffer.from(await decrypter.decrypt(file)).equals(content)).toBe(true);
    }
  });

  it.each(SIZES)('of %i bytes that the library wrote is read', async (size) => {
    const content = randomBytes(size);
    const encrypter = new age.Encrypter();
    for (const { recipient } of [hybrid, x25519]) encrypter.addRecipient(recipient);
    const file = await encrypter.encrypt(content);
    for (const key of [x25519, hybrid]) expect((await opened(file, key)).equals(content)).toBe(true);
  });

  it('is the same however the streams are cut', async () => {
    const content = randomBytes(2 * PIECE + 100);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 * PIECE }),
        fc.integer({ min: 1, max: 3 * PIECE }),
        async (a, b) => {
          const file = await sealed(content, [x25519], Math.max(a, 500));
          expect((await opened(file, x25519, Math.max(b, 500))).equals(content)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('has its own key, and a stanza for each recipient', async () => {
    const [first, second] = [
      await sealed(Buffer.from('same'), [x25519]),
      await sealed(Buffer.from('same'), [x25519]),
    ];
    expect(first.equals(second)).toBe(false);
    const file = await sealed(Buffer.alloc(0), [x25519, hybrid, other]);
    const header = file.subarray(0, lengthOfHeader(file));
    expect(stanzasOf(header)).toEqual(['X25519', 'mlkem768x25519', 'X25519']);
    expect(header.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> X25519 .*\n--- \S{43}\n$/s);
  });
});

describe('a faulty age file', () => {
  const content = randomBytes(3 * PIECE + 5);
  let file: Buffer;
  let payload: number;
  beforeAll(async () => {
    file = await sealed(content, [x25519]);
    payload = (lengthOfHeader(file) ?? 0) + 16;
  });
  const piece = (number: number) =>
    file.subarray(payload + number * SEALED_PIECE, payload + (number + 1) * SEALED_PIECE);
  const built = (...pieces: number[]) => Buffer.concat([file.subarray(0, payload), ...pieces.map(piece)]);
  /** Another digit of base64. */
  const withDigit = (at: number) => Buffer.from(file.with(at, file[at] === 0x41 ? 0x42 : 0x41));
  const flipped = (at: number) => Buffer.from(file.with(at, Number(file[at]) ^ 1));

  it.each<[string, () => Buffer, RegExp]>([
    ['empty', () => Buffer.alloc(0), /ends within its age header/],
    ['cut in its header', () => file.subarray(0, 60), /ends within its age header/],
    ['cut behind its header', () => file.subarray(0, payload - 3), /ends within its age header/],
    ['cut before its payload', () => built(), /cut off/],
    ['cut between two pieces', () => built(0, 1), /changed, moved or cut off/],
    ['cut in its last piece', () => file.subarray(0, -1), /changed, moved or cut off/],
    ['cut to less than a tag', () => file.subarray(0, payload + SEALED_PIECE * 3 + 10), /cut off/],
    ['longer', () => Buffer.concat([file, Buffer.from('x')]), /changed, moved or cut off/],
    ['with its pieces in another order', () => built(1, 0, 2, 3), /changed, moved or cut off/],
    ['with a piece twice', () => built(0, 0, 1, 2, 3), /changed, moved or cut off/],
    ['without a piece', () => built(0, 2, 3), /changed, moved or cut off/],
    ['with another bit in its payload', () => flipped(payload + 70_000), /changed, moved or cut off/],
    ['with another nonce', () => flipped(payload - 1), /changed, moved or cut off/],
    ['with another checksum of the header', () => withDigit(payload - 16 - 10), /damaged age header/],
    [
      'with a checksum that is none',
      () => Buffer.from(file.with(payload - 16 - 10, 0x40)),
      /damaged age header/,
    ],
    ['that is none', () => Buffer.from('(µ/ý something else'), /does not start with the header/],
    [
      'with a header without an end',
      () => Buffer.concat([Buffer.from('age-encryption.org/v1\n'), Buffer.alloc(300_000, 'x')]),
      /header without an end/,
    ],
  ])('%s is refused', async (_, damaged, problem) => {
    const failure = opened(damaged(), x25519);
    await expect(failure).rejects.toThrow(problem);
    await expect(failure).rejects.toBeInstanceOf(AgeFileError);
    await expect(failure).rejects.not.toBeInstanceOf(NoKeyFitsError);
  });

  it('that ends with an empty piece is refused: the piece before it could have been cut', async () => {
    const { bytes, fileKey } = await makeHeader([x25519.recipient]);
    const nonce = randomBytes(16);
    const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
    const pieceOf = (plain: Buffer, place: string) => {
      const cipher = createCipheriv('chacha20-poly1305', key, Buffer.from(place, 'hex'), {
        authTagLength: 16,
      });
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    };
    const [first, last] = ['000000000000000000000000', '000000000000000000000101'];
    const made = (second: Buffer) =>
      Buffer.concat([bytes, nonce, pieceOf(Buffer.alloc(PIECE, 'a'), first), pieceOf(second, last)]);
    expect((await opened(made(Buffer.from('b')), x25519)).length).toBe(PIECE + 1);
    await expect(opened(made(Buffer.alloc(0)), x25519)).rejects.toThrow(/ends with an empty piece/);
  });

  it('for another key is told apart from a damaged one', async () => {
    await expect(opened(file, other)).rejects.toBeInstanceOf(NoKeyFitsError);
    await expect(opened(file, hybrid)).rejects.toBeInstanceOf(NoKeyFitsError);
  });

  it('yields nothing of a piece that was changed', async () => {
    const pieces: Uint8Array[] = [];
    const reading = async () => {
      const identities = await Identities.read(x25519.identity, 'a test');
      for await (const one of decrypt(identities, cut(flipped(payload + SEALED_PIECE + 5)))) pieces.push(one);
    };
    await expect(reading()).rejects.toThrow(/changed/);
    expect(Buffer.concat(pieces).equals(content.subarray(0, PIECE))).toBe(true);
  });

  it.each([
    ['a stanza without a body', 'age-encryption.org/v1\n-> X25519 abc\n--- x\n'],
    ['no stanza', `age-encryption.org/v1\n--- ${'A'.repeat(43)}\n`],
    ['half a checksum', 'age-encryption.org/v1\n-> X25519 abc\nAAAA\n--- AAAA\n'],
    ['a line between stanzas', 'age-encryption.org/v1\nwhat\n--- x\n'],
  ])('with %s has no header that anybody reads', (_, header) => {
    expect(() => stanzasOf(Buffer.from(header))).toThrow(/malformed age header/);
  });
});

describe.skipIf(programPath('age') === undefined)("Debian's age", () => {
  let directory: string;
  let recipients: Recipients;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-age-'));
    writeFileSync(join(directory, 'key.txt'), `${x25519.identity}\n`);
    recipients = await checkRecipients([x25519.recipient]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const debian = (input: Buffer, ...argv: string[]) =>
    execFileSync('age', argv, { cwd: directory, input, maxBuffer: 1 << 26, stdio: ['pipe', 'pipe', 'pipe'] });

  it.each(SIZES)('opens what Lifeboat encrypts, and the reverse: %i bytes', async (size) => {
    const content = randomBytes(size);
    const file = await whole(encrypt(recipients, cut(content)));
    expect(debian(file, '-d', '-i', 'key.txt').equals(content)).toBe(true);
    expect((await opened(debian(content, '-r', x25519.recipient), x25519)).equals(content)).toBe(true);
  });

  it('refuses what was cut between two pieces, as Lifeboat does', async () => {
    const file = await whole(encrypt(recipients, cut(randomBytes(2 * PIECE))));
    expect(() => debian(file.subarray(0, file.length - SEALED_PIECE), '-d', '-i', 'key.txt')).toThrow();
  });
});
