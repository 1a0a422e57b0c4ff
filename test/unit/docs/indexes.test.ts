import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const DOCS = new URL('../../../docs/', import.meta.url);

function pagesIn(folder: string): string[] {
  return readdirSync(new URL(folder, DOCS)).filter((name) => name.endsWith('.md') && name !== 'README.md');
}

it.each(['./', 'decisions/'])('the index of docs/%s names each of its pages', (folder) => {
  const index = readFileSync(new URL(`${folder}README.md`, DOCS), 'utf8');
  expect(pagesIn(folder).filter((page) => !index.includes(`](${page})`))).toEqual([]);
});
