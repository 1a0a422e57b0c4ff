import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { GoodBackup } from './good-backup.ts';
import type { Mutant } from './mutant.ts';

/** What a storage, a network or a person can do to the bytes of one object; undefined takes the object away. */
type Damage = (bytes: Buffer, random: SeededRandom) => Buffer | undefined;

const DAMAGES: Readonly<Record<string, Damage>> = {
  'missing object': () => undefined,
  'empty object': () => Buffer.alloc(0),
  'cut at a random byte': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'last byte lost': (bytes) => bytes.subarray(0, -1),
  'bit flipped': (bytes, random) => {
    const at = random.below(bytes.length);
    return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
  },
  'bytes appended': (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random.below(9), '\n')]),
  'bytes inserted': (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from('\0'), bytes.subarray(at)]);
  },
  'bytes left out in the middle': (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))]);
  },
  'object twice in a row': (bytes) => Buffer.concat([bytes, bytes]),
  'hole of zeros': (bytes, random) => {
    const changed = Buffer.from(bytes);
    const from = random.below(bytes.length);
    changed.subarray(from, from + 1 + random.below(64)).fill(0);
    return changed;
  },
  'halves exchanged': (bytes) =>
    Buffer.concat([bytes.subarray(bytes.length >> 1), bytes.subarray(0, bytes.length >> 1)]),
  'a web page instead': () => Buffer.from('<html><body>403 Forbidden</body></html>\n'),
};

/** Damage that only a compressed object can have; the rows, or the fingerprint, are those that were written. */
const FRAME_DAMAGES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'recompressed otherwise': (bytes) =>
    zstdCompressSync(zstdDecompressSync(bytes), { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  'not compressed': (bytes) => zstdDecompressSync(bytes),
  'wrong zstd magic': (bytes) => withByte(bytes, 0, 0x27),
  'empty frame appended': (bytes) => Buffer.concat([bytes, zstdCompressSync(Buffer.alloc(0))]),
  'skippable frame appended': (bytes) =>
    Buffer.concat([bytes, Buffer.from('502a4d180400000000000000', 'hex')]),
};

/** Every damage to every object of a backup, its manifest and its proof included; the manifest knows nothing of it. */
export function storedDamage(good: GoodBackup, other: GoodBackup, random: SeededRandom): Mutant[] {
  return [...good.objects.keys()].flatMap((key) => [
    ...Object.entries(DAMAGES)
      // A backup without a proof is whole: it was not drilled yet.
      .filter(([kind]) => !(key === good.proofKey && kind === 'missing object'))
      .map(([kind, damage]) => replaced(kind, good, key, (bytes) => damage(bytes, random))),
    ...(key.endsWith('.zst')
      ? Object.entries(FRAME_DAMAGES).map(([kind, damage]) => replaced(kind, good, key, damage))
      : []),
    ...ofOtherBackup(good, other, key),
  ]);
}

/** Two objects under each other's names: chunks of one table, of two tables, scripts. */
export function swappedObjects(good: GoodBackup, count: number, random: SeededRandom): Mutant[] {
  const keys = [...good.objects.keys()].filter((key) => key !== good.manifestKey && key !== good.proofKey);
  return Array.from({ length: count }, () => {
    const [a, b] = [random.pick(keys), random.pick(keys)];
    return {
      kind: 'swapped objects',
      where: `${a} and ${b}`,
      names: [a, b],
      make() {
        if (good.bytes(a).equals(good.bytes(b))) return undefined;
        const copy = good.copy();
        copy.set(a, good.bytes(b));
        copy.set(b, good.bytes(a));
        return copy;
      },
    };
  });
}

/** The object of the same name from another backup of the same source: whole, valid, and not this one's. */
function ofOtherBackup(good: GoodBackup, other: GoodBackup, key: string): Mutant[] {
  const name = (full: string) => full.slice(full.lastIndexOf('/') + 1);
  const foreign = [...other.objects].find(([theirs]) => name(theirs) === name(key))?.[1];
  if (!foreign) return [];
  const kind = key === good.proofKey ? 'proof of another backup' : 'object of another backup';
  const mutants = [replaced(kind, good, key, () => foreign)];
  if (key === good.manifestKey || key === good.proofKey) return mutants;
  // A part of a multipart upload that was never written over.
  const stale = (bytes: Buffer) => {
    const part = foreign.subarray(0, Math.ceil(bytes.length / 3));
    return Buffer.concat([part, bytes.subarray(part.length)]);
  };
  return [...mutants, replaced('stale part of another backup', good, key, stale)];
}

function replaced(
  kind: string,
  good: GoodBackup,
  key: string,
  damage: (bytes: Buffer) => Buffer | undefined,
): Mutant {
  return {
    kind,
    where: key,
    names: [key],
    make() {
      const copy = good.copy();
      const changed = damage(good.bytes(key));
      if (changed?.equals(good.bytes(key))) return undefined;
      if (changed) copy.set(key, changed);
      else copy.store.objects.delete(key);
      return copy;
    },
  };
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = value;
  return changed;
}
