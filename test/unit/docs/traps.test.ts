import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/traps.md'), 'utf8');
/** `file`: name of the test, to the end of the cell; a file alone stands for all its tests. */
const held = [...page.matchAll(/`(test\/[^`]+\.ts)`(?:: ([^|\n]+?))?(?=, `test| \|)/g)].map(
  ([, file = '', name]) => ({ file, name }),
);

const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| trap'));

describe('the traps', () => {
  it('are each held by a test', () => {
    expect(rows.length).toBeGreaterThan(35);
    for (const row of rows) expect(row).toMatch(/`test\/[^`]+\.ts`/);
  });

  it('were each seen to fail that test without their remedy', () => {
    for (const row of rows) {
      const cells = row.split(' | ');
      expect(cells).toHaveLength(4);
      expect(cells[3]?.length, row).toBeGreaterThan(20);
    }
  });

  it.each(held)('$file: $name', ({ file, name }) => {
    const path = join(ROOT, file);
    expect(existsSync(path)).toBe(true);
    if (name !== undefined) expect(readFileSync(path, 'utf8').replaceAll("\\'", "'")).toContain(name);
  });
});
