import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { existsSync, readlinkSync, rmSync } from 'node:fs';
import {
  chmod,
  type FileHandle,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { TEMPORARY_FOLDER } from '../../../lib/engine/storage/directory-write.ts';
import {
  ObjectMissingError,
  ObjectTruncatedError,
  readObject,
} from '../../../lib/engine/storage/object-store.ts';
import { describeConformance } from './conformance.ts';
import { inPieces, sampleBytes } from './sample-bytes.ts';

const MIB = 1024 * 1024;
const PROCESS = join(import.meta.dirname, 'store-process.ts');

async function leftoversOf(vault: string): Promise<string[]> {
  return readdir(join(vault, TEMPORARY_FOLDER)).catch(() => []);
}

describeConformance('directory', async () => {
  const path = await mkdtemp(join(tmpdir(), 'lifeboat vault %+ü-'));
  return {
    open: () => openDirectoryStore(path),
    leftovers: async () => (await leftoversOf(path)).length,
    remove: () => rm(path, { recursive: true }),
  };
});

describe('a vault in a directory', () => {
  let parent: string;
  let vault: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lifeboat-directory-'));
    vault = join(parent, 'vault');
    await mkdir(vault);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    await rm(parent, { recursive: true, force: true });
  });

  test('is named by a URL that can be typed again', () => {
    expect(openDirectoryStore('/srv/my vault/100%').url).toBe('file:///srv/my%20vault/100%25');
    expect(openDirectoryStore('/').url).toBe('file:///');
  });

  test('keeps everything to its owner, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const created = join(parent, 'created');
      const store = openDirectoryStore(created, { create: true });
      await store.put('daily/shop/manifest.json', Buffer.from('x'), { ifAbsent: true });
      await store.upload('daily/shop/data/object', inPieces(sampleBytes(10)));
      const modeOf = async (path: string) => ((await stat(join(created, path))).mode & 0o777).toString(8);
      for (const folder of ['', 'daily', 'daily/shop', 'daily/shop/data', TEMPORARY_FOLDER]) {
        expect([folder, await modeOf(folder)]).toEqual([folder, '700']);
      }
      expect(await modeOf('daily/shop/manifest.json')).toBe('600');
      expect(await modeOf('daily/shop/data/object')).toBe('600');
    } finally {
      process.umask(before);
    }
  });

  test.skipIf(process.platform !== 'linux')(
    'makes the bytes durable before their name, and the name with its folders',
    async () => {
      const probe = await openFile(join(parent, 'probe'), 'w');
      const prototype: FileHandle = Object.getPrototypeOf(probe);
      await probe.close();
      const synced: { path: string; published: boolean }[] = [];
      const sync = prototype.sync;
      vi.spyOn(prototype, 'sync').mockImplementation(function (this: FileHandle) {
        const path = readlinkSync(`/proc/self/fd/${this.fd}`).slice(vault.length);
        synced.push({ path, published: existsSync(join(vault, 'a/b/object')) });
        return sync.call(this);
      });
      for (const ifAbsent of [false, true]) {
        await rm(join(vault, 'a'), { recursive: true, force: true });
        synced.length = 0;
        await openDirectoryStore(vault).put('a/b/object', Buffer.from('x'), { ifAbsent });
        expect(synced[0]?.path).toMatch(/^\/\.lifeboat-tmp\//);
        expect(synced.map(({ published }) => published)).toEqual([false, true, true, true]);
        expect(synced.slice(1).map(({ path }) => path)).toEqual(['/a/b', '/a', '']);
      }
    },
  );

  test.runIf(process.platform === 'linux')(
    'that no directory can be made for is an error, and ends',
    async () => {
      const store = openDirectoryStore('/proc/lifeboat/vault', { create: true });
      await expect(store.put('object', Buffer.from('x'))).rejects.toBeInstanceOf(LifeboatError);
    },
  );

  test.skipIf(process.platform !== 'linux')(
    'makes the names of a sole writer durable before the next object, each folder once',
    async () => {
      const handle = await openFile(vault);
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      await handle.close();
      const synced: { path: string; sealed: boolean }[] = [];
      const sync = prototype.sync;
      vi.spyOn(prototype, 'sync').mockImplementation(function (this: FileHandle) {
        const path = readlinkSync(`/proc/self/fd/${this.fd}`).slice(vault.length);
        synced.push({ path, sealed: existsSync(join(vault, 'a/manifest')) });
        return sync.call(this);
      });
      const flush = fs.fsync;
      vi.spyOn(fs, 'fsync').mockImplementation((fd, done) => {
        const path = readlinkSync(`/proc/self/fd/${fd}`).slice(vault.length);
        // So late that whoever does not wait for it would be done.
        setTimeout(() => {
          synced.push({ path, sealed: existsSync(join(vault, 'a/manifest')) });
          flush(fd, done);
        }, 50);
      });
      syncBuiltinESMExports();
      const store = openDirectoryStore(vault);
      for (const key of ['a/b/1', 'a/b/2']) await store.put(key, Buffer.from('x'), { soleWriter: true });
      expect(synced).toEqual([]);
      await store.put('a/manifest', Buffer.from('x'));
      const temporary = expect.stringMatching(/^\/\.lifeboat-tmp\//);
      expect(synced).toEqual([
        { path: '/a/b/1', sealed: false },
        { path: '/a/b/2', sealed: false },
        { path: '/a/b', sealed: false },
        { path: '/a', sealed: false },
        { path: '', sealed: false },
        { path: temporary, sealed: false },
        { path: '/a', sealed: true },
      ]);
    },
  );

  test('seals nothing when a file of a sole writer cannot be made durable', async () => {
    const failure = Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', syscall: 'fsync' });
    vi.spyOn(fs, 'fsync').mockImplementationOnce((_fd, done) => done(failure));
    syncBuiltinESMExports();
    const store = openDirectoryStore(vault);
    await store.put('a/1', Buffer.from('x'), { soleWriter: true });
    await store.put('a/2', Buffer.from('x'), { soleWriter: true });
    // The system forgets what it could not write, so that a second try would succeed and mean nothing.
    for (const manifest of ['a/manifest', 'b/manifest']) {
      await expect(store.put(manifest, Buffer.from('x'))).rejects.toMatchObject({
        kind: 'vault',
        message: expect.stringContaining('a/1'),
      });
      expect(existsSync(join(vault, manifest))).toBe(false);
    }
  });

  test.each([
    ['a small file', Buffer.from('x')],
    ['a large file', Buffer.alloc(MIB)],
  ])('seals nothing when the disk was unmounted after %s', async (_what, first) => {
    const store = openDirectoryStore(vault);
    await store.put('a/data/1', first, { soleWriter: true });
    // What is left is the empty directory below the mount.
    await rename(vault, join(parent, 'elsewhere'));
    await mkdir(vault);
    await store.put('a/data/2', Buffer.from('x'), { soleWriter: true });
    await expect(store.put('a/manifest', Buffer.from('x'))).rejects.toMatchObject({
      code: 'vault-replaced',
      message: expect.stringContaining('a/data/1'),
    });
    expect(existsSync(join(vault, 'a/manifest'))).toBe(false);
  });

  test('seals what it wrote although older files of the same folder are deleted', async () => {
    const store = openDirectoryStore(vault);
    await store.put('a/1', Buffer.from('x'), { soleWriter: true });
    await store.put('a/manifest-1', Buffer.from('x'));
    await rm(join(vault, 'a/1'));
    await store.put('a/2', Buffer.from('x'), { soleWriter: true });
    await store.put('a/manifest-2', Buffer.from('x'));
    expect(existsSync(join(vault, 'a/manifest-2'))).toBe(true);
  });

  test('says what became of a small file though what it wrote cannot be removed', async () => {
    vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
      rmSync(join(vault, 'a/1'));
      throw Object.assign(new Error('EROFS: read-only file system, write'), { code: 'EROFS' });
    });
    syncBuiltinESMExports();
    const store = openDirectoryStore(vault);
    await expect(store.put('a/1', Buffer.from('x'), { soleWriter: true })).rejects.toMatchObject({
      code: 'vault-read-only',
    });
  });

  test('a link that leads nowhere is an object that is there', async () => {
    await mkdir(join(vault, 'a'));
    await symlink('nowhere', join(vault, 'a/1'));
    const store = openDirectoryStore(vault);
    const put = store.put('a/1', Buffer.from('x'), { soleWriter: true });
    await expect(put).rejects.toMatchObject({ code: 'object-exists' });
  });

  test('leaves nothing of a small file that does not fit', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
      throw full;
    });
    syncBuiltinESMExports();
    const store = openDirectoryStore(vault);
    const put = () => store.put('a/1', Buffer.from('x'), { soleWriter: true });
    await expect(put()).rejects.toMatchObject({ kind: 'vault', message: expect.stringContaining('a/1') });
    expect(existsSync(join(vault, 'a/1'))).toBe(false);
    await put();
    await expect(put()).rejects.toMatchObject({ code: 'object-exists' });
    expect((await readObject(store, 'a/1')).toString()).toBe('x');
  });

  test('that is missing is an error, never an empty one, and is not made', async () => {
    const path = join(parent, "it's missing");
    const store = openDirectoryStore(path);
    const missing = { code: 'vault-missing', kind: 'vault', message: expect.stringContaining("mkdir -p '") };
    await expect(store.list('')).rejects.toMatchObject(missing);
    await expect(store.list('daily/')).rejects.toMatchObject(missing);
    await expect(store.head('x')).rejects.toMatchObject(missing);
    await expect(readObject(store, 'x')).rejects.toMatchObject(missing);
    await expect(store.put('x', Buffer.alloc(1))).rejects.toMatchObject(missing);
    await expect(store.upload('x', inPieces(Buffer.alloc(1)))).rejects.toMatchObject(missing);
    expect(existsSync(path)).toBe(false);
    await writeFile(path, 'a file');
    await expect(store.list('')).rejects.toMatchObject({
      code: 'vault-not-a-directory',
      message: expect.not.stringContaining('mkdir'),
    });
  });

  test('is made when that was asked for', async () => {
    const store = openDirectoryStore(join(parent, 'new/vault'), { create: true });
    expect(await store.head('daily/shop/20261120T020000Z/manifest.json')).toBeUndefined();
    expect(await store.list('')).toEqual({ objects: [], prefixes: [] });
    await store.put('object', Buffer.from('x'));
    expect((await readObject(store, 'object')).toString()).toBe('x');
  });

  test('hides where it writes', async () => {
    const store = openDirectoryStore(vault);
    await store.put('object', Buffer.from('x'));
    await writeFile(join(vault, TEMPORARY_FOLDER, 'someone'), 'half of it');
    expect(await store.list('')).toMatchObject({ objects: [{ key: 'object' }], prefixes: [] });
    for (const key of [
      `${TEMPORARY_FOLDER}/someone`,
      `${TEMPORARY_FOLDER.toUpperCase()}/someone`,
      TEMPORARY_FOLDER,
    ]) {
      await expect(store.put(key, Buffer.alloc(1))).rejects.toMatchObject({ code: 'object-key-invalid' });
      await expect(readObject(store, key)).rejects.toMatchObject({ code: 'object-key-invalid' });
      await expect(store.head(key)).rejects.toMatchObject({ code: 'object-key-invalid' });
    }
    await expect(store.list(`${TEMPORARY_FOLDER}/`)).rejects.toMatchObject({ code: 'object-key-invalid' });
  });

  test('shows nothing of a killed process, and sweeps what it left after a day', async () => {
    const child = spawn(process.execPath, [PROCESS, pathToFileURL(vault).href, 'stall', String(3 * MIB)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [left = 'nothing'] = await leftoversOf(vault);
    const leftPath = join(vault, TEMPORARY_FOLDER, left);
    expect((await stat(leftPath)).size).toBe(3 * MIB);
    expect(await openDirectoryStore(vault).list('')).toEqual({ objects: [], prefixes: [] });
    expect(await openDirectoryStore(vault).head('folder/object')).toBeUndefined();

    await openDirectoryStore(vault).put('next', Buffer.from('x'));
    expect(await leftoversOf(vault)).toEqual([left]);
    const dayAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(leftPath, dayAgo, dayAgo);
    await openDirectoryStore(vault).put('after that', Buffer.from('x'));
    expect(await leftoversOf(vault)).toEqual([]);
  });

  test('takes no notice of what is no file', async () => {
    const store = openDirectoryStore(vault);
    await store.put('real/object', Buffer.from('x'));
    await mkdir(join(vault, 'empty/inside/deeper'), { recursive: true });
    await symlink(join(vault, 'nowhere'), join(vault, 'dangling'));
    await symlink(join(vault, 'real/object'), join(vault, 'linked'));
    execFileSync('mkfifo', [join(vault, 'pipe')]);
    expect(await store.list('')).toMatchObject({ objects: [{ key: 'linked' }], prefixes: ['real/'] });
    for (const key of ['pipe', 'dangling', 'empty']) {
      await expect(readObject(store, key)).rejects.toThrow(ObjectMissingError);
      expect(await store.head(key)).toBeUndefined();
    }
  });

  test('a link that leads to itself hides nothing but itself', async () => {
    const store = openDirectoryStore(vault);
    await store.put('daily/shop/a/manifest.json', Buffer.from('x'));
    await mkdir(join(vault, 'daily/shop/b'));
    await symlink('manifest.json', join(vault, 'daily/shop/b/manifest.json'));
    await symlink('c', join(vault, 'daily/shop/c'));
    expect((await store.list('daily/shop/')).prefixes).toContain('daily/shop/a/');
    expect(await store.list('daily/shop/b/')).toEqual({ objects: [], prefixes: [] });
    for (const key of ['daily/shop/b/manifest.json', 'daily/shop/c/manifest.json']) {
      expect(await store.head(key)).toBeUndefined();
      await expect(readObject(store, key)).rejects.toThrow(ObjectMissingError);
    }
  });

  test('says when a file stands where a folder is needed, and the other way round', async () => {
    const store = openDirectoryStore(vault);
    await store.put('a', Buffer.from('x'));
    await store.put('folder/inside', Buffer.from('x'));
    const conflict = { code: 'vault-layout-conflict', kind: 'vault' };
    await expect(store.put('a/below', Buffer.from('x'))).rejects.toMatchObject(conflict);
    await expect(store.put('folder', Buffer.from('x'))).rejects.toMatchObject(conflict);
    expect(await leftoversOf(vault)).toEqual([]);
  });

  test('notices a file that becomes shorter while it is read', async () => {
    const store = openDirectoryStore(vault);
    await store.upload('object', inPieces(sampleBytes(2 * MIB)));
    const reading = (async () => {
      for await (const piece of store.get('object')) {
        expect(piece.length).toBeGreaterThan(0);
        await truncate(join(vault, 'object'), MIB);
      }
    })();
    await expect(reading).rejects.toThrow(ObjectTruncatedError);
  });

  test("does not take the body's own failure for one of the disk", async () => {
    const failure = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      throw failure;
    }
    await expect(openDirectoryStore(vault).upload('object', failing())).rejects.toBe(failure);
  });

  test('that this user may not touch', async () => {
    await openDirectoryStore(vault).put('object', Buffer.from('x'));
    await chmod(vault, 0o500);
    const denied = {
      code: 'vault-access-denied',
      kind: 'vault',
      message: expect.stringContaining(pathToFileURL(vault).href),
    };
    await withoutPrivileges(async () => {
      const store = openDirectoryStore(vault);
      if (process.geteuid?.() === (await stat(parent)).uid) {
        await expect(store.put('folder/new', Buffer.from('x'))).rejects.toMatchObject(denied);
      } else {
        await expect(store.list('')).rejects.toMatchObject(denied);
        await expect(store.put('new', Buffer.from('x'))).rejects.toMatchObject(denied);
        await expect(readObject(store, 'object')).rejects.toMatchObject(denied);
        await expect(store.head('object')).rejects.toMatchObject(denied);
      }
    });
    await chmod(vault, 0o700);
  });

  /** In a mount of its own, which needs no privilege where user namespaces are allowed. */
  const mounts = canMount();
  function onMount(options: string, sizeBytes: number): Record<string, unknown> {
    const script = `mount -t tmpfs -o ${options} tmpfs "$1" && exec "$2" "$3" "$4" round-trip ${sizeBytes}`;
    const url = pathToFileURL(vault).href;
    const output = execFileSync('unshare', [
      '-rm',
      'sh',
      '-c',
      script,
      'sh',
      vault,
      process.execPath,
      PROCESS,
      url,
    ]);
    return JSON.parse(output.toString()) as Record<string, unknown>;
  }

  test.skipIf(!mounts)('that is full keeps nothing of what did not fit (needs unshare)', () => {
    expect(onMount('size=2m', 4 * MIB)).toMatchObject({
      code: 'vault-full',
      kind: 'vault',
      message: expect.stringContaining('no space is left (ENOSPC)'),
      objects: { objects: [], prefixes: [] },
    });
    expect(onMount('size=8m', 4 * MIB)).toEqual({ equal: true });
  });

  test.skipIf(!mounts)('that is mounted read-only says so (needs unshare)', () => {
    expect(onMount('ro', 10)).toMatchObject({ code: 'vault-read-only', kind: 'vault' });
  });
});

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Root may do anything; what is refused to others shows only as one of them. */
async function withoutPrivileges(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
