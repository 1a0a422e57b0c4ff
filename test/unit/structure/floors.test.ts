import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrowsUp, FLOORS, floorOf } from '../../support/structure/floors.ts';
import { circlesOf, grouped, readImportGraph } from '../../support/structure/import-graph.ts';

const ROOT = join(import.meta.dirname, '../../..');
const graph = readImportGraph(ROOT);

describe('the sources', () => {
  it('import from below alone', () => {
    expect(arrowsUp(graph)).toEqual([]);
  });

  it('do not import each other in a circle', () => {
    expect(circlesOf(graph)).toEqual([]);
    expect(circlesOf(grouped(graph, (file) => floorOf(file) ?? file))).toEqual([]);
  });

  it('lie on a floor each, and every floor has some', () => {
    expect([...graph.keys()].filter((file) => floorOf(file) === undefined)).toEqual([]);
    const used = new Set([...graph.keys()].map(floorOf));
    expect(FLOORS.filter((floor) => !used.has(floor))).toEqual([]);
  });

  it('delete objects of a vault in one place alone', () => {
    const importersOf = (of: string) =>
      [...graph].filter(([, all]) => all.includes(of)).map(([file]) => file);
    for (const kind of ['s3', 'directory']) {
      expect(importersOf(`lib/engine/storage/${kind}-deletion.ts`)).toEqual([
        'lib/engine/storage/open-deletion.ts',
      ]);
    }
    expect(importersOf('lib/engine/storage/open-deletion.ts')).toEqual([
      'lib/engine/keep/prune/prunable-vault.ts',
    ]);
    // No function of the stack can delete, whatever its role may do.
    const reached = new Set<string>();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const other of graph.get(file) ?? []) follow(other);
    };
    for (const file of graph.keys()) if (file.startsWith('lambda/')) follow(file);
    expect([...reached].filter((file) => file.includes('-deletion.ts') || file.includes('/prune/'))).toEqual(
      [],
    );
  });

  it('import nothing of zstd by name: an older Node.js has none, and could not load them to say so', () => {
    const byName = /import [^;']*\{(?:[^}']*,)?\s*(?!type )\w*zstd\w*[^}']*\} from 'node:zlib'/i;
    expect("import { gunzipSync, zstdCompressSync } from 'node:zlib'").toMatch(byName);
    expect("import zlib, { type ZstdCompress } from 'node:zlib'").not.toMatch(byName);
    const found = [...graph.keys()].filter((file) => byName.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(found).toEqual([]);
  });

  it('of the engine lie in a folder each', () => {
    expect([...graph.keys()].filter((file) => /^lib\/engine\/[^/]+$/.test(file))).toEqual([]);
  });
});

describe('the import graph', () => {
  it('knows types, what is loaded late, and what is passed on', () => {
    const importers = (of: string) => [...graph].filter(([, all]) => all.includes(of)).map(([file]) => file);
    expect(importers('lib/engine/ground/progress.ts')).toContain('lambda/shared/log.ts');
    expect(importers('lib/engine/backup/backup.ts')).toContain('lib/cli/commands/backup.ts');
    expect(importers('lib/engine/target/apply/schema-object.ts')).toContain(
      'lib/engine/target/apply/apply-schema.ts',
    );
  });

  it('shows a circle as a whole, and no way that leads out of one', () => {
    const circle = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ]);
    expect(circlesOf(circle)).toEqual([['a', 'b', 'c']]);
    expect(grouped(circle, (node) => (node === 'd' ? 'd' : 'ring'))).toEqual(
      new Map([
        ['ring', ['d']],
        ['d', []],
      ]),
    );
  });
});
