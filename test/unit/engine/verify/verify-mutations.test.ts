import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { EMPTY_DIGEST, sumDigests } from '../../../../lib/engine/copy-text/row-digest.ts';
import { type VerificationReport, verifyBackup } from '../../../../lib/engine/verify/verify.ts';
import { ArchiveCopy } from '../../../support/archive-copy.ts';
import {
  compressed,
  copyText,
  digestOf,
  FIXTURE_ATTEMPT,
  FIXTURE_PLACE,
  type FixtureArchive,
  writeFixtureArchive,
} from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const original = new MemoryStore();
let archive: FixtureArchive;
beforeAll(async () => {
  archive = await writeFixtureArchive(original);
});

const MANIFEST = manifestKey(FIXTURE_PLACE);
const verify = (store: MemoryStore, options = {}) => verifyBackup(store, FIXTURE_PLACE, options);

const newCopy = () => new ArchiveCopy(original, archive);
const damagedNames = (report: VerificationReport) =>
  report.items.filter(({ verdict }) => verdict === 'damaged').map(({ name }) => name);

/** Damage that a storage, a network or a person can do, to any object. Undefined: not possible with this one. */
const DAMAGE: ReadonlyArray<readonly [name: string, damage: (bytes: Buffer) => Buffer | undefined]> = [
  ['is missing', () => undefined],
  ['is empty', () => Buffer.alloc(0)],
  ['is cut in the middle', (bytes) => bytes.subarray(0, bytes.length >> 1)],
  ['lost its last byte', (bytes) => bytes.subarray(0, -1)],
  ['has one bit flipped', (bytes) => flip(bytes, bytes.length >> 1)],
  ['has its first byte changed', (bytes) => flip(bytes, 0)],
  ['has its last byte changed', (bytes) => flip(bytes, bytes.length - 1)],
  ['has a byte appended', (bytes) => Buffer.concat([bytes, Buffer.from('\n')])],
  ['is there twice in a row', (bytes) => Buffer.concat([bytes, bytes])],
  ['has a stale part at its start', (bytes) => Buffer.from(bytes).fill(0x5a, 0, Math.ceil(bytes.length / 3))],
  ['is zeros, of the right length', (bytes) => Buffer.alloc(bytes.length)],
];

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 0x10;
  return changed;
}

describe('an object that was damaged is named', () => {
  it.each(DAMAGE)('when it %s', async (_, damage) => {
    for (const [key, bytes] of original.objects) {
      const copy = newCopy();
      const changed = damage(bytes);
      if (changed?.equals(bytes)) continue;
      if (changed) copy.set(key, changed);
      else copy.store.objects.delete(key);
      if (key === MANIFEST && !changed) {
        await expect(verify(copy.store)).rejects.toMatchObject({ code: 'backup-unfinished' });
        continue;
      }
      const report = await verify(copy.store);
      expect(report.verdict, key).toBe('damaged');
      expect(damagedNames(report), key).toContain(key);
      const others = report.items.filter(({ kind, verdict }) => kind === 'object' && verdict === 'match');
      expect(others, 'the others are checked all the same').toHaveLength(key === MANIFEST ? 0 : 19);
    }
  });

  it('whichever bit it is', async () => {
    const keys = [...original.objects.keys()];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.nat(), fc.nat(7), async (key, position, bit) => {
        const copy = newCopy();
        const bytes = copy.get(key);
        if (bytes.length === 0) return;
        const at = position % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        copy.set(key, bytes);
        expect(damagedNames(await verify(copy.store))).toContain(key);
      }),
      { numRuns: 150 },
    );
  });

  it('when two chunks are swapped', async () => {
    const copy = newCopy();
    const [a, b] = [copy.chunk('events', 0).key, copy.chunk('users').key];
    const [bytesOfA, bytesOfB] = [copy.get(a), copy.get(b)];
    copy.set(a, bytesOfB);
    copy.set(b, bytesOfA);
    expect(damagedNames(await verify(copy.store))).toEqual([b, a, 'public.users', 'public.events']);
  });
});

/** Mistakes of a writer: every checksum fits, and yet the backup is not whole. `named` is what must be called damaged. */
const FAULTS: ReadonlyArray<
  readonly [name: string, named: string, fault: (copy: ArchiveCopy) => void | Promise<void>]
> = [
  [
    'a row is missing',
    '0001-public.users.copy.zst',
    (copy) => rewrite(copy, 'users', (lines) => lines.slice(1)),
  ],
  [
    'a row comes twice',
    '0001-public.users.copy.zst',
    (copy) => rewrite(copy, 'users', ([a, ...b]) => [a, a, ...b]),
  ],
  [
    'a row was replaced by another',
    '0001-public.users.copy.zst',
    (copy) => rewrite(copy, 'users', ([, ...rest]) => ['9\tEve\t\\N', ...rest]),
  ],
  [
    'a value was changed, the lengths being equal',
    '0001-public.users.copy.zst',
    (copy) => rewrite(copy, 'users', (lines) => lines.map((line) => line.replace('Ada', 'Eve'))),
  ],
  [
    'a chunk of rows is not compressed',
    '0001-public.users.copy.zst',
    (copy) => copy.replaceFitting(copy.chunk('users'), textOf(copy, 'users')),
  ],
  [
    'a chunk ends within a row',
    '0001-public.users.copy.zst',
    (copy) => copy.replaceFitting(copy.chunk('users'), compressed(textOf(copy, 'users').subarray(0, -1))),
  ],
  [
    'the frame is cut',
    '0001-public.users.copy.zst',
    (copy) => copy.replaceFitting(copy.chunk('users'), copy.get(copy.chunk('users').key).subarray(0, -4)),
  ],
  [
    'a second frame follows the first',
    '0001-public.users.copy.zst',
    (copy) => {
      const [half, rest] = halves(textOf(copy, 'users'));
      copy.replaceFitting(copy.chunk('users'), Buffer.concat([compressed(half), compressed(rest)]));
    },
  ],
  [
    'an empty frame follows the first',
    '0001-public.users.copy.zst',
    (copy) => appendTo(copy, compressed(Buffer.alloc(0))),
  ],
  [
    'garbage follows the frame',
    '0001-public.users.copy.zst',
    (copy) => appendTo(copy, Buffer.from('garbage')),
  ],
  [
    'the frame decompresses to far more',
    '0001-public.users.copy.zst',
    (copy) => copy.replaceFitting(copy.chunk('users'), compressed(Buffer.alloc(1 << 26, 'a\n'))),
  ],
  [
    'a chunk holds nothing at all',
    '0001-public.users.copy.zst',
    (copy) => copy.replaceFitting(copy.chunk('users'), Buffer.alloc(0)),
  ],
  [
    'a chunk is another table’s',
    '0006-public.empty.copy.zst',
    (copy) => copy.replaceFitting(copy.chunk('empty'), copy.get(copy.chunk('users').key)),
  ],
  [
    'the keys of two chunks were exchanged',
    'public.users',
    (copy) => {
      const [a, b] = [copy.table('users'), copy.table('empty')];
      [a.chunks, b.chunks] = [b.chunks, a.chunks];
    },
  ],
  [
    'a chunk is not in the manifest',
    'public.events',
    (copy) => {
      copy.table('events').chunks.splice(1, 1);
    },
  ],
  [
    'the last page range is missing',
    'public.events',
    (copy) => {
      dropPages(copy, 2);
    },
  ],
  [
    'the first page range is missing',
    'public.events',
    (copy) => {
      dropPages(copy, 0);
    },
  ],
  [
    'a page range in the middle is missing',
    'public.events',
    (copy) => {
      dropPages(copy, 1);
    },
  ],
  ['page ranges overlap', 'public.events', (copy) => setPages(copy, 1, { from: 99, to: 200 })],
  ['page ranges leave a gap', 'public.events', (copy) => setPages(copy, 1, { from: 101, to: 200 })],
  ['a page range is upside down', 'public.events', (copy) => setPages(copy, 1, { from: 100, to: 100 })],
  ['no page range is open', 'public.events', (copy) => setPages(copy, 2, { from: 200, to: 300 })],
  ['two page ranges are open', 'public.events', (copy) => setPages(copy, 1, { from: 100, to: null })],
  [
    'a page range is the whole table besides',
    'public.events',
    (copy) => {
      delete copy.chunk('events', 1).pages;
    },
  ],
  [
    'a chunk is listed twice',
    '0001-public.users.copy.zst',
    (copy) => {
      copy.table('users').chunks.push(structuredClone(copy.chunk('users')));
    },
  ],
  [
    'a table is listed twice',
    'public.empty',
    (copy) => {
      copy.manifest.tables.push({ ...copy.table('empty'), ...EMPTY_DIGEST, chunks: [] });
    },
  ],
  [
    'a table has more rows than its chunks',
    'public.users',
    (copy) => {
      copy.table('users').rows += 1;
    },
  ],
  [
    'a table has another digest',
    'public.users',
    (copy) => {
      copy.table('users').digest = '0123456789abcdef';
    },
  ],
  [
    'a table has other raw bytes',
    'public.users',
    (copy) => {
      copy.table('users').rawBytes += 1;
    },
  ],
  [
    'a column is listed twice',
    'public.users',
    (copy) => {
      copy.table('users').columns.push('id');
    },
  ],
  [
    'rows were left out, and there are some',
    'public.users',
    (copy) => {
      copy.table('users').dataLeftOut = 'no reason';
    },
  ],
  [
    'large objects lost a piece',
    'large objects',
    (copy) => {
      copy.manifest.largeObjects.rows -= 1;
    },
  ],
  ['large objects have no metadata', 'manifest.json', (copy) => dropObject(copy, 'large-object-metadata')],
  ['there is no pre-data', 'manifest.json', (copy) => dropObject(copy, 'pre-data')],
  ['there is no fingerprint', 'manifest.json', (copy) => dropObject(copy, 'fingerprint')],
  [
    'there are two post-data',
    'manifest.json',
    (copy) => {
      copy.object('sequences').purpose = 'post-data';
    },
  ],
  [
    'an object lies in another attempt’s folder',
    'aaaaaaaa/roles.sql',
    (copy) => moveTo(copy, copy.object('roles'), (key) => key.replace(FIXTURE_ATTEMPT, 'aaaaaaaa')),
  ],
  [
    'an object lies in another backup',
    'weekly/shop',
    (copy) => moveTo(copy, copy.object('roles'), (key) => key.replace('daily', 'weekly')),
  ],
  [
    'a key climbs out of its folder',
    '../',
    (copy) => moveTo(copy, copy.object('roles'), (key) => key.replace('roles', '../../roles')),
  ],
  [
    'the attempt is another’s',
    'manifest.json',
    (copy) => {
      copy.manifest.attempt = '../other';
    },
  ],
  [
    'the backup is another source’s',
    'manifest.json',
    (copy) => {
      copy.manifest.source = 'blog';
    },
  ],
  [
    'the backup has another id',
    'manifest.json',
    (copy) => {
      copy.manifest.backupId = '20261121T020000Z';
    },
  ],
  [
    'the backup is of another class',
    'manifest.json',
    (copy) => {
      copy.manifest.retentionClass = 'weekly';
    },
  ],
  [
    'the total of rows is wrong',
    'manifest.json',
    (copy) => {
      copy.manifest.totals.rows += 1;
    },
  ],
  [
    'the total of stored bytes is wrong',
    'manifest.json',
    (copy) => {
      copy.manifest.totals.storedBytes -= 1;
    },
  ],
  [
    'it ends before it starts',
    'manifest.json',
    (copy) => {
      copy.manifest.sealedAt = '2026-11-20T01:00:00.000Z';
    },
  ],
  [
    'a schema-only backup has rows',
    'public.users',
    (copy) => {
      copy.manifest.scope = 'schema-only';
    },
  ],
  [
    'pre-data is not UTF-8',
    'pre-data.sql',
    (copy) => copy.replaceFitting(copy.object('pre-data'), Buffer.from([0x2d, 0x2d, 0xff, 0x0a])),
  ],
  [
    'post-data holds NUL',
    'post-data.sql',
    (copy) => copy.replaceFitting(copy.object('post-data'), Buffer.from('SELECT 1;\0\n')),
  ],
  [
    'the fingerprint is no JSON',
    'fingerprint.json.zst',
    (copy) => copy.replaceFitting(copy.object('fingerprint'), compressed(Buffer.from('{"entries":'))),
  ],
  [
    'the fingerprint is not compressed',
    'fingerprint.json.zst',
    (copy) => copy.replaceFitting(copy.object('fingerprint'), Buffer.from('{}')),
  ],
  [
    'post-data ends within a statement',
    'post-data.sql',
    (copy) =>
      copy.replaceFitting(copy.object('post-data'), copy.get(copy.object('post-data').key).subarray(0, -3)),
  ],
  ['post-data lacks a policy', 'schema', (copy) => replaceText(copy, 'post-data', /CREATE POLICY.*\n/, '')],
  [
    'a policy stands only in a comment',
    'schema',
    (copy) => replaceText(copy, 'post-data', /CREATE POLICY/, '-- CREATE POLICY'),
  ],
  [
    'post-data lacks an index',
    'schema',
    (copy) => replaceText(copy, 'post-data', /CREATE INDEX/, 'SELECT 1; --'),
  ],
  [
    'restore.sh is no script',
    'restore.sh',
    (copy) => copy.replaceFitting(copy.object('restore-script'), Buffer.from('<html>Forbidden</html>')),
  ],
];

describe('a backup that was written wrongly, its checksums fitting, is damaged', () => {
  it.each(FAULTS)('when %s', async (_, named, fault) => {
    const copy = newCopy();
    await fault(copy);
    copy.reseal();
    const report = await verify(copy.store);
    expect(report.verdict).toBe('damaged');
    // A manifest that names what is not its own is refused as a whole: its problem names the key.
    const [first] = report.items.filter(({ verdict }) => verdict === 'damaged');
    expect([...damagedNames(report), first?.problem].join('\n')).toContain(named);
  });

  it('and a row that comes twice is seen even if its chunk fits, by the sum of the table', async () => {
    const copy = newCopy();
    const text = copyText([['1', 'Ada', null]]);
    const twice = Buffer.concat([text, text]);
    copy.replaceFitting(copy.chunk('users'), compressed(twice));
    Object.assign(copy.chunk('users'), await digestOf(twice));
    copy.reseal();
    const report = await verify(copy.store);
    expect(damagedNames(report)).toEqual(['public.users']);
  });
});

describe('what is said of a damaged chunk', () => {
  async function problemAfter(damage: (copy: ArchiveCopy) => void): Promise<string | undefined> {
    const copy = newCopy();
    damage(copy);
    copy.reseal();
    const { items } = await verify(copy.store);
    return items.find(({ name }) => name === copy.chunk('users').key)?.problem;
  }
  const stored = () =>
    original.objects.get(archive.table('public', 'users').chunks[0]?.key ?? '') ?? Buffer.alloc(0);

  it('names sizes, checksum, frame, rows: the first cause, not its consequences', async () => {
    const set = (bytes: Buffer) => problemAfter((copy) => copy.set(copy.chunk('users').key, bytes));
    const length = stored().length;
    expect(await set(stored().subarray(0, 9))).toBe(`has 9 bytes, ${length} were written`);
    expect(await set(Buffer.concat([stored(), Buffer.from('x')]))).toBe(
      `is longer than the ${length} bytes that were written`,
    );
    expect(await set(flip(stored(), 3))).toBe('is not what was written: its SHA-256 differs');
    expect(await problemAfter((copy) => rewrite(copy, 'users', (lines) => lines.slice(1)))).toBe(
      'holds 4 rows, but the manifest says 5',
    );
    const fitting = (bytes: Buffer) =>
      problemAfter((copy) => copy.replaceFitting(copy.chunk('users'), bytes));
    expect(await fitting(stored().subarray(0, -1))).toBe(
      'is not one zstd frame of whole rows: the zstd frame is cut within its checksum',
    );
  });

  it('stops reading what decompresses to more than there ever was', async () => {
    const problem = await problemAfter((copy) =>
      copy.replaceFitting(copy.chunk('users'), compressed(Buffer.alloc(1 << 26, 'a\n'))),
    );
    expect(problem).toContain('more than was read');
  });

  it('counts the bytes of rows, even when every sum of the manifest agrees', async () => {
    const problem = await problemAfter(({ manifest }) => {
      const [table] = manifest.tables;
      for (const figure of [table, table?.chunks[0], manifest.totals]) if (figure) figure.rawBytes += 1;
    });
    expect(problem).toMatch(/holds \d+ bytes of rows, but the manifest says \d+/);
  });
});

function textOf(copy: ArchiveCopy, name: string): Buffer {
  return zstdDecompressSync(copy.get(copy.chunk(name).key));
}

function rewrite(
  copy: ArchiveCopy,
  name: string,
  change: (lines: string[]) => Array<string | undefined>,
): void {
  const lines = textOf(copy, name).toString('utf8').split('\n').slice(0, -1);
  const text = Buffer.from(
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
  copy.replaceFitting(copy.chunk(name), compressed(text));
}

function replaceText(copy: ArchiveCopy, purpose: string, pattern: RegExp, text: string): void {
  const object = copy.object(purpose);
  const changed = copy.get(object.key).toString('utf8').replace(pattern, text);
  copy.replaceFitting(object, Buffer.from(changed));
}

function appendTo(copy: ArchiveCopy, bytes: Buffer): void {
  const chunk = copy.chunk('users');
  copy.replaceFitting(chunk, Buffer.concat([copy.get(chunk.key), bytes]));
}

function halves(text: Buffer): [Buffer, Buffer] {
  const cut = text.indexOf('\n', text.length >> 1) + 1;
  return [text.subarray(0, cut), text.subarray(cut)];
}

/** Leaves a page range out and makes every sum fit. */
function dropPages(copy: ArchiveCopy, index: number): void {
  const table = copy.table('events');
  const [dropped] = table.chunks.splice(index, 1);
  Object.assign(table, sumDigests(table.chunks));
  copy.manifest.totals.rows -= dropped?.rows ?? 0;
  copy.manifest.totals.rawBytes -= dropped?.rawBytes ?? 0;
  copy.manifest.totals.storedBytes -= dropped?.sizeBytes ?? 0;
}

function setPages(copy: ArchiveCopy, index: number, pages: { from: number; to: number | null }): void {
  copy.chunk('events', index).pages = pages;
}

function dropObject(copy: ArchiveCopy, purpose: string): void {
  copy.manifest.totals.storedBytes -= copy.object(purpose).sizeBytes;
  copy.manifest.objects = copy.manifest.objects.filter((object) => object.purpose !== purpose);
}

function moveTo(copy: ArchiveCopy, object: { key: string }, where: (key: string) => string): void {
  const bytes = copy.get(object.key);
  object.key = where(object.key);
  copy.set(object.key, bytes);
}
