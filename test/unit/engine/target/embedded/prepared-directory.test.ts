import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  keepPrepared,
  preparedFile,
  usePrepared,
} from '../../../../../lib/engine/target/embedded/prepared-directory.ts';

let directory: string;
let made: string;
let empty: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-prepared-'));
  made = join(directory, 'made');
  empty = join(directory, 'empty');
  file = join(directory, 'kept', 'data.zst');
  mkdirSync(join(made, 'base', '5'), { recursive: true });
  mkdirSync(join(made, 'pg_notify'), { mode: 0o700 });
  mkdirSync(empty);
  writeFileSync(join(made, 'PG_VERSION'), '18\n', { mode: 0o600 });
  writeFileSync(join(made, 'base', '5', '1259'), Buffer.alloc(100_000, 7));
  writeFileSync(join(made, 'base', '5', '1260'), '');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a prepared data directory', () => {
  it('is what was kept, empty directories and modes included', async () => {
    await keepPrepared(file, made);
    expect(await usePrepared(file, empty)).toBe(true);
    const names = readdirSync(made, { recursive: true }).sort();
    expect(readdirSync(empty, { recursive: true }).sort()).toEqual(names);
    for (const name of names.map(String)) {
      const [was, is] = [statSync(join(made, name)), statSync(join(empty, name))];
      expect(is.mode, name).toBe(was.mode);
      if (was.isFile())
        expect(readFileSync(join(empty, name)).equals(readFileSync(join(made, name)))).toBe(true);
    }
    expect(readdirSync(join(directory, 'kept'))).toEqual(['data.zst']);
  });

  it('has no files of databases that are only there to be copied, but their folders', async () => {
    for (const oid of ['1', '4', '14']) {
      mkdirSync(join(made, 'base', oid));
      for (const name of ['1259', 'PG_VERSION']) writeFileSync(join(made, 'base', oid, name), '18\n');
    }
    await keepPrepared(file, made);
    await usePrepared(file, empty);
    expect(readdirSync(join(empty, 'base/1'))).toEqual(['PG_VERSION']);
    expect(readdirSync(join(empty, 'base/4'))).toEqual(['PG_VERSION']);
    expect(readdirSync(join(empty, 'base/14'))).toEqual(['1259', 'PG_VERSION']);
    expect(readdirSync(join(empty, 'base/5'))).toEqual(['1259', '1260']);
  });

  it('is not used when it is damaged, nor again', async () => {
    await keepPrepared(file, made);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.with(bytes.length - 2, (bytes.at(-2) ?? 0) ^ 1));
    expect(await usePrepared(file, empty)).toBe(false);
    expect(readdirSync(empty)).toEqual([]);
    expect(readdirSync(join(directory, 'kept'))).toEqual([]);
  });

  it('is done without where there is none, and where none can be kept', async () => {
    expect(await usePrepared(file, empty)).toBe(false);
    writeFileSync(join(directory, 'kept'), 'a file in the way');
    await keepPrepared(file, made);
    expect(await usePrepared(file, empty)).toBe(false);
  });

  it('has another name when it was made in another way', () => {
    expect(preparedFile(['--locale-provider=icu'])).not.toBe(preparedFile([]));
    expect(preparedFile([])).toBe(preparedFile([]));
  });
});
