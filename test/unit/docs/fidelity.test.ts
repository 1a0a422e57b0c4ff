import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { TESTED_MINORS } from '../../../lib/engine/backup/tested-minors.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SCENARIOS = join(ROOT, 'test/scenarios');
const page = readFileSync(join(ROOT, 'docs/fidelity.md'), 'utf8');
const [, section = ''] = page.split('### Which scenario holds which kind of object');
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| kind '))
  .map((line) => {
    const [, kind = '', places = '', words = ''] = line
      .split(' | ')
      .join('\0')
      .replace(/^\| /, '\0')
      .split('\0');
    return { kind, places: codeOf(places), words: codeOf(words) };
  });

function codeOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function sqlOf(scenario: string): string {
  return readdirSync(join(SCENARIOS, scenario), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql'))
    .map((file) => readFileSync(join(SCENARIOS, scenario, file), 'utf8'))
    .join('\n');
}

describe('the kinds of objects', () => {
  it('are many', () => {
    expect(rows.length).toBeGreaterThan(45);
  });

  it.each(rows)('$kind', ({ places, words }) => {
    expect([places.length, words.length]).not.toContain(0);
    for (const place of places) {
      if (place.endsWith('.test.ts')) expect(existsSync(join(ROOT, place))).toBe(true);
      else for (const word of words) expect(sqlOf(place)).toContain(word);
    }
  });

  it('leave no scenario out', () => {
    const named = new Set(rows.flatMap(({ places }) => places));
    expect(readdirSync(SCENARIOS).filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('the newest minor releases that were tested', () => {
  it('are those that doctor tells of', () => {
    const [, newest = ''] = page.split('| newest tested minor |');
    const told = [...newest.matchAll(/^\| (\d+)\.(\d+) \|/gm)].map(([, major, minor]) => [
      major,
      Number(minor),
    ]);
    expect(Object.fromEntries(told)).toEqual(TESTED_MINORS);
  });
});
