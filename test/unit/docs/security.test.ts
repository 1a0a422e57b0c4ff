import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readPage } from '../../support/docs/markdown.ts';

const page = readPage('docs/security.md');
/** `file`: name of the test, to the end of the cell or line; a file alone stands for all its tests. */
const held = [...page.matchAll(/`(test\/[^`]+\.ts)`(?:: ([^|\n]+?))?(?=, [`“]| \||$)/gm)].map(
  ([, file = '', name]) => ({ file, name }),
);
const rows = [...page.matchAll(/“([^”]+)”/g)].map(([, row = '']) => row);

describe('what docs/security.md claims', () => {
  it('names what holds it', () => {
    expect(held.length).toBeGreaterThan(25);
    expect(rows.length).toBeGreaterThan(8);
    expect(page.match(/`test\//g)).toHaveLength(held.length);
  });

  it.each(held)('is held by $file: $name', ({ file, name }) => {
    const path = join(ROOT, file);
    expect(existsSync(path)).toBe(true);
    if (name !== undefined) expect(readFileSync(path, 'utf8').replaceAll("\\'", "'")).toContain(name);
  });

  it.each(rows)('is decided in docs/permissions.md: %s', (row) => {
    expect(readPage('docs/permissions.md')).toContain(`\n| ${row} | `);
  });

  it('speaks of every role of docs/permissions.md that is not an outsider', () => {
    const [header = ''] = readPage('docs/permissions.md')
      .split('\n')
      .filter((line) => line.startsWith('| | backup |'));
    const roles = header
      .split('|')
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '');
    expect(roles.length).toBeGreaterThan(15);
    const spoken: Readonly<Record<string, string>> = {
      'drill’s task': 'drill function, and its task',
      'slot watchdog and removal': 'slot watchdog',
      'restore’s task': "restore's task",
      'scrub: list': 'scrub: check',
      'scrub: end': 'scrub: check',
      'scrub: machine': 'scrub: check',
      deployment: 'may deploy',
    };
    expect(roles.filter((role) => !page.includes(spoken[role] ?? role))).toEqual([]);
  });
});
