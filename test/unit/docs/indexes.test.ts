import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headings, linkTargets, ROOT, readPage } from '../../support/docs/markdown.ts';

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md') && name !== 'README.md');
}

it('the index of the decisions names each of its pages', () => {
  const targets = linkTargets(readPage('docs/decisions/README.md'));
  expect(pagesIn('docs/decisions').filter((page) => !targets.includes(page))).toEqual([]);
});

describe('the index of the documentation', () => {
  const index = readPage('docs/README.md');
  const rows = index.split('\n').flatMap((line) => /^\| (.+) \| (.+) \|$/.exec(line)?.slice(1, 3) ?? []);
  /** What each row leads to: its second column. */
  const places = rows.filter((_, cell) => cell % 2 === 1).filter((cell) => cell !== 'read');

  it('has four parts: to learn, to do, to look up, to understand', () => {
    expect(headings(index)).toEqual([
      'Documentation',
      'Tutorial',
      'How-to guides',
      'Reference',
      'Explanation',
    ]);
    for (const part of index.split('\n## ').slice(1)) {
      expect(part).toMatch(/\n\| when you want to \| read \|\n\|---\|---\|\n\| .+ \|\n/);
    }
  });

  it('has one place for each page, and one page in each place', () => {
    const targets = places.map((cell) => linkTargets(cell));
    expect(targets.filter((links) => links.length !== 1)).toEqual([]);
    const named = targets.flat();
    expect(named.filter((target, place) => named.indexOf(target) !== place)).toEqual([]);
    expect(named.filter((target) => !target.includes('/')).sort()).toEqual(pagesIn('docs').sort());
  });
});
