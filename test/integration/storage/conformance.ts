import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ObjectExistsError,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../../../lib/engine/storage/object-store.ts';
import { collect, eachOf, inPieces, sampleBytes, sha256 } from './sample-bytes.ts';

const MIB = 1024 * 1024;

/** A vault to be tried, empty at first. */
export interface VaultUnderTest {
  /** A further, independent store on the same vault. */
  open(): ObjectStore;
  /** What an unfinished write has left where nobody sees it: parts, temporary files. */
  leftovers(): Promise<number>;
  remove(): Promise<void>;
}

/** What every storage must do, whatever it is made of. */
export function describeConformance(name: string, create: () => Promise<VaultUnderTest>): void {
  describe(name, () => {
    let vault: VaultUnderTest;
    let store: ObjectStore;
    beforeAll(async () => {
      vault = await create();
      store = vault.open();
    });
    afterAll(async () => {
      await store.close();
      await vault.remove();
    });

    const visible = async (key: string) => {
      const folder = key.slice(0, key.lastIndexOf('/') + 1);
      const listed = (await store.list(folder)).objects.some((object) => object.key === key);
      const headed = (await store.head(key)) !== undefined;
      const read = await readObject(store, key).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ObjectMissingError) return false;
          throw error;
        },
      );
      expect([headed, read]).toEqual([listed, listed]);
      return listed;
    };

    describe('round trips', () => {
      const sizes = [
        0,
        1,
        5 * MIB - 1,
        5 * MIB,
        5 * MIB + 1,
        8 * MIB - 1,
        8 * MIB,
        8 * MIB + 1,
        20 * MIB + 7,
      ];
      test.each(sizes)('upload of %i bytes comes back identical', async (sizeBytes) => {
        const bytes = sampleBytes(sizeBytes, sizeBytes);
        const key = `sizes/upload-${sizeBytes}`;
        expect(await store.upload(key, inPieces(bytes))).toEqual({ sizeBytes });
        expect(sha256(await readObject(store, key))).toBe(sha256(bytes));
        expect(await store.head(key)).toMatchObject({ key, sizeBytes });
      });

      test.each([0, 1, 70_000])('put of %i bytes comes back identical', async (sizeBytes) => {
        const bytes = sampleBytes(sizeBytes);
        await store.put(`sizes/put-${sizeBytes}`, bytes);
        expect(await readObject(store, `sizes/put-${sizeBytes}`)).toEqual(bytes);
      });

      test('pieces whose memory is used again, empty ones among them', async () => {
        const reused = Buffer.alloc(3 * MIB);
        async function* body() {
          for (let round = 1; round <= 7; round++) {
            reused.fill(round);
            yield reused;
            yield reused.subarray(0, 0);
          }
        }
        await store.upload('reused', body());
        const back = await readObject(store, 'reused');
        expect(back.length).toBe(21 * MIB);
        for (let round = 1; round <= 7; round++) {
          const piece = back.subarray((round - 1) * 3 * MIB, round * 3 * MIB);
          expect(piece.every((byte) => byte === round)).toBe(true);
        }
      });

      test('time and size in head and list agree', async () => {
        const before = Date.now();
        await store.put('times/one', sampleBytes(10));
        const head = await store.head('times/one');
        const { objects } = await store.list('times/');
        expect(objects).toMatchObject([{ key: 'times/one', sizeBytes: 10 }]);
        expect(head).toMatchObject({ key: 'times/one', sizeBytes: 10 });
        const listed = objects[0]?.lastModified.getTime() ?? 0;
        // HTTP dates have no fractions of a second, listings may.
        expect(Math.abs((head?.lastModified.getTime() ?? 0) - listed)).toBeLessThan(1000);
        expect(Math.abs((head?.lastModified.getTime() ?? 0) - before)).toBeLessThan(10_000);
      });

      test('only ifAbsent: false replaces an object', async () => {
        await store.put('replaced', Buffer.from('long before'));
        await store.put('replaced', Buffer.from('after'), { ifAbsent: false });
        expect((await readObject(store, 'replaced')).toString()).toBe('after');
      });

      test('a reader that stops early does not stand in the way of the next', async () => {
        await store.upload('stopped', inPieces(sampleBytes(9 * MIB)));
        for (let round = 0; round < 60; round++) {
          for await (const piece of store.get('stopped')) {
            expect(piece.length).toBeGreaterThan(0);
            break;
          }
        }
        expect((await readObject(store, 'stopped')).length).toBe(9 * MIB);
      });
    });

    describe('keys', () => {
      const odd = [
        'odd/with space',
        'odd/ leading and trailing ',
        'odd/plus+plus',
        'odd/percent%41%zz%',
        'odd/and&so=on;?x#y',
        `odd/quotes'"\``,
        'odd/<tag>&amp;',
        'odd/ümlaut-日本語-🛟',
        'odd/back\\slash',
        'odd/$HOME*[a-z]{1,2}!(x)',
        'odd/...dots..',
        `odd/${'n'.repeat(255)}`,
        'odd/~/%2F/+/deep',
        'data/0001-public.users.0003.copy.zst',
      ];
      test.each(odd)('%s', async (key) => {
        const bytes = Buffer.from(`content of ${key}`);
        await store.put(key, bytes);
        expect(await readObject(store, key)).toEqual(bytes);
        expect(await visible(key)).toBe(true);
      });

      test('stand in a listing as they were written, in byte order', async () => {
        const { objects, prefixes } = await store.list('odd/');
        const direct = odd.filter((key) => key.startsWith('odd/') && !key.slice(4).includes('/'));
        const expected = direct.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
        expect(objects.map(({ key }) => key)).toEqual(expected);
        expect(prefixes).toEqual(['odd/~/']);
        expect((await store.list('odd/~/%2F/+/')).objects.map(({ key }) => key)).toEqual([
          'odd/~/%2F/+/deep',
        ]);
      });

      const refused = [
        '',
        '/absolute',
        '../up',
        'a/../../up',
        'a//b',
        'a/./b',
        'a/',
        '..',
        '.',
        'nul\0',
        'line\n',
        '\ud800',
      ];
      test.each(refused)('%j is refused by every call', async (key) => {
        const invalid = { code: 'object-key-invalid', kind: 'vault' };
        await expect(store.put(key, Buffer.alloc(1))).rejects.toMatchObject(invalid);
        await expect(store.upload(key, inPieces(Buffer.alloc(1)))).rejects.toMatchObject(invalid);
        await expect(readObject(store, key)).rejects.toMatchObject(invalid);
        await expect(store.head(key)).rejects.toMatchObject(invalid);
        if (key !== '') await expect(store.list(`${key}/`)).rejects.toMatchObject(invalid);
      });
    });

    describe('what is not there', () => {
      test('get throws, head is undefined, a listing is empty', async () => {
        await expect(readObject(store, 'not/there')).rejects.toThrow(ObjectMissingError);
        await expect(readObject(store, 'not/there')).rejects.toMatchObject({
          code: 'object-missing',
          kind: 'vault',
        });
        expect(await store.head('not/there')).toBeUndefined();
        expect(await store.list('not/there/')).toEqual({ objects: [], prefixes: [] });
      });

      test('a folder is not an object, an object not a folder', async () => {
        await store.put('folder/object', Buffer.from('x'));
        expect(await store.head('folder')).toBeUndefined();
        await expect(readObject(store, 'folder')).rejects.toThrow(ObjectMissingError);
        expect(await store.head('folder/object/below')).toBeUndefined();
        await expect(readObject(store, 'folder/object/below')).rejects.toThrow(ObjectMissingError);
        expect(await store.list('folder/object/')).toEqual({ objects: [], prefixes: [] });
      });
    });

    describe('an object is written once', () => {
      test.each([0, 10, 9 * MIB])('an upload of %i bytes leaves what is there', async (sizeBytes) => {
        const key = `once/${sizeBytes}`;
        await store.put(key, Buffer.from('first'));
        const second = store.upload(key, inPieces(sampleBytes(sizeBytes)));
        await expect(second).rejects.toMatchObject({ name: 'ObjectExistsError', code: 'object-exists' });
        expect((await readObject(store, key)).toString()).toBe('first');
        expect(await vault.leftovers()).toBe(0);
      });

      test.each([10, 9 * MIB])('of four uploads of %i bytes at once exactly one wins', async (sizeBytes) => {
        const key = `once/race-${sizeBytes}`;
        const bodies = [1, 2, 3, 4].map((seed) => sampleBytes(sizeBytes, seed));
        const outcomes = await Promise.allSettled(bodies.map((body) => store.upload(key, inPieces(body))));
        const winners = bodies.filter((_, index) => outcomes[index]?.status === 'fulfilled');
        expect(winners.map(sha256)).toEqual([sha256(await readObject(store, key))]);
        expect(await vault.leftovers()).toBe(0);
      });

      test('a put refuses a key that is taken, and leaves what is there', async () => {
        await store.put('sealed/manifest.json', Buffer.from('first'));
        const second = store.put('sealed/manifest.json', Buffer.from('second'));
        await expect(second).rejects.toThrow(ObjectExistsError);
        await expect(second).rejects.toMatchObject({ code: 'object-exists', kind: 'vault' });
        expect((await readObject(store, 'sealed/manifest.json')).toString()).toBe('first');
      });

      test('of eight writers at once exactly one wins, and readers see nothing else', async () => {
        for (let round = 0; round < 5; round++) {
          const key = `race/${round}/manifest.json`;
          const stores = Array.from({ length: 8 }, () => vault.open());
          const bodies = stores.map((_, index) => sampleBytes(200_000, index));
          let racing = true;
          const seen = new Set<string>();
          const reader = (async () => {
            while (racing) if (await store.head(key)) seen.add(sha256(await readObject(store, key)));
          })();
          const outcomes = await Promise.allSettled(
            stores.map((each, index) => each.put(key, bodies[index] ?? Buffer.alloc(0))),
          );
          racing = false;
          await reader;
          const winners = outcomes.flatMap((outcome, index) =>
            outcome.status === 'fulfilled' ? [index] : [],
          );
          expect(winners).toHaveLength(1);
          for (const outcome of outcomes) {
            if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ObjectExistsError);
          }
          const winner = sha256(bodies[winners[0] ?? 0] ?? Buffer.alloc(0));
          expect(sha256(await readObject(store, key))).toBe(winner);
          expect([...seen].filter((each) => each !== winner)).toEqual([]);
          await Promise.all(stores.map((each) => each.close()));
        }
      });
    });

    describe('a write that does not end well', () => {
      const failure = new Error('the dump died');
      test.each([0, 1, 3 * MIB, 8 * MIB, 8 * MIB + 1, 21 * MIB])(
        'a body that fails after %i bytes leaves nothing',
        async (sizeBytes) => {
          async function* failing() {
            yield* inPieces(sampleBytes(sizeBytes));
            throw failure;
          }
          const key = `failed/after-${sizeBytes}`;
          await expect(store.upload(key, failing())).rejects.toBe(failure);
          expect(await visible(key)).toBe(false);
          expect(await vault.leftovers()).toBe(0);
        },
      );

      test('an upload that fails leaves the object that was there', async () => {
        await store.put('kept', Buffer.from('kept'));
        async function* failing() {
          yield* inPieces(sampleBytes(9 * MIB));
          throw failure;
        }
        await expect(store.upload('kept', failing())).rejects.toBe(failure);
        expect((await readObject(store, 'kept')).toString()).toBe('kept');
      });

      test('is not seen before it is complete', async () => {
        const gate = Promise.withResolvers<void>();
        const half = Promise.withResolvers<void>();
        async function* body() {
          yield* inPieces(sampleBytes(17 * MIB, 1));
          half.resolve();
          await gate.promise;
          yield* inPieces(sampleBytes(17 * MIB, 2));
        }
        const upload = store.upload('partial/object', body());
        await half.promise;
        expect(await visible('partial/object')).toBe(false);
        expect(await store.list('partial/')).toEqual({ objects: [], prefixes: [] });
        expect((await store.list('')).prefixes).not.toContain('partial/');
        gate.resolve();
        await upload;
        expect((await readObject(store, 'partial/object')).length).toBe(34 * MIB);
      });

      test('readers of an object that is replaced see the old or the new one, never a mixture', async () => {
        const versions = Array.from({ length: 12 }, (_, index) => sampleBytes(600_000, index));
        const known = new Set(versions.map(sha256));
        await store.put('mixed', versions[0] ?? Buffer.alloc(0));
        let writing = true;
        const readers = Array.from({ length: 3 }, async () => {
          let count = 0;
          for (; writing; count++) expect(known.has(sha256(await readObject(store, 'mixed')))).toBe(true);
          return count;
        });
        for (const version of versions) await store.put('mixed', version, { ifAbsent: false });
        writing = false;
        expect(Math.min(...(await Promise.all(readers)))).toBeGreaterThan(0);
      });
    });

    describe('an abort', () => {
      const reason = new Error('SIGTERM');

      test('before the start: every call rejects with the reason, and the body is not touched', async () => {
        const signal = AbortSignal.abort(reason);
        let touched = false;
        async function* body() {
          touched = true;
          yield Buffer.alloc(1);
        }
        await expect(store.put('aborted/put', Buffer.alloc(1), { signal })).rejects.toBe(reason);
        await expect(store.upload('aborted/upload', body(), { signal })).rejects.toBe(reason);
        await expect(collect(store.get('aborted/get', { signal }))).rejects.toBe(reason);
        await expect(store.head('aborted/head', { signal })).rejects.toBe(reason);
        await expect(store.list('', { signal })).rejects.toBe(reason);
        expect(touched).toBe(false);
        expect(await store.list('aborted/')).toEqual({ objects: [], prefixes: [] });
      });

      test.each([0, 1, 9 * MIB, 40 * MIB])(
        'while the body stalls after %i bytes: at once, and nothing is left',
        async (sizeBytes) => {
          const controller = new AbortController();
          const stalled = Promise.withResolvers<void>();
          async function* stalling() {
            yield* inPieces(sampleBytes(sizeBytes));
            stalled.resolve();
            await new Promise(() => {});
          }
          const key = `aborted/stalled-${sizeBytes}`;
          const upload = store.upload(key, stalling(), { signal: controller.signal });
          await stalled.promise;
          controller.abort(reason);
          await expect(upload).rejects.toBe(reason);
          expect(await visible(key)).toBe(false);
          expect(await vault.leftovers()).toBe(0);
        },
      );

      test('while the body flows: the body is told, and nothing is left', async () => {
        const controller = new AbortController();
        let cleanedUp = false;
        async function* endless() {
          try {
            for (let count = 0; ; count++) {
              if (count === 30) controller.abort(reason);
              yield sampleBytes(MIB, count);
            }
          } finally {
            cleanedUp = true;
          }
        }
        const upload = store.upload('aborted/flowing', endless(), { signal: controller.signal });
        await expect(upload).rejects.toBe(reason);
        expect(cleanedUp).toBe(true);
        expect(await visible('aborted/flowing')).toBe(false);
        expect(await vault.leftovers()).toBe(0);
      });

      test('in the middle of reading', async () => {
        await store.upload('aborted-reading', inPieces(sampleBytes(20 * MIB)));
        const controller = new AbortController();
        const reading = (async () => {
          for await (const piece of store.get('aborted-reading', { signal: controller.signal })) {
            if (piece.length > 0) controller.abort(reason);
          }
        })();
        await expect(reading).rejects.toBe(reason);
        expect((await readObject(store, 'aborted-reading')).length).toBe(20 * MIB);
      });
    });

    describe('a listing', () => {
      test('shows one level: objects, and folders that hold some', async () => {
        const place = 'tree/shop/20261120T020000Z';
        for (const key of [
          'manifest.json',
          'x7k2m9pq/roles.sql',
          'x7k2m9pq/data/0001-public.users.copy.zst',
        ]) {
          await store.put(`${place}/${key}`, Buffer.from(key));
        }
        await store.put('tree/shop/20261121T020000Z/manifest.json', Buffer.from('x'));
        await store.put('tree/shopping/20261121T020000Z/manifest.json', Buffer.from('x'));
        expect(await store.list('tree/')).toEqual({
          objects: [],
          prefixes: ['tree/shop/', 'tree/shopping/'],
        });
        expect((await store.list('tree/shop/')).prefixes).toEqual([
          `${place}/`,
          'tree/shop/20261121T020000Z/',
        ]);
        const inside = await store.list(`${place}/`);
        expect(inside.objects.map(({ key }) => key)).toEqual([`${place}/manifest.json`]);
        expect(inside.prefixes).toEqual([`${place}/x7k2m9pq/`]);
      });

      test('a prefix that is no folder is refused', async () => {
        await expect(store.list('tree/sho')).rejects.toMatchObject({ code: 'object-key-invalid' });
      });

      test('of more than a thousand objects and folders is whole and in order', async () => {
        const names = Array.from(
          { length: 1_030 },
          (_, index) => `many/object-${String(index).padStart(4, '0')}`,
        );
        const folders = Array.from(
          { length: 20 },
          (_, index) => `many/folder-${String(index).padStart(2, '0')}/`,
        );
        const keys = [...names, ...folders.map((folder) => `${folder}inside`)];
        await eachOf(keys, 32, (key) => store.put(key, Buffer.from('x')));
        const { objects, prefixes } = await store.list('many/');
        expect(objects.map(({ key }) => key)).toEqual(names);
        expect(prefixes).toEqual(folders);
      });
    });
  });
}
