import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The pages that people read, as paths from the root. */
export const PAGES: readonly string[] = [
  ...globSync('*.md', { cwd: ROOT }),
  ...globSync('docs/**/*.md', { cwd: ROOT }),
].sort();

export function readPage(path: string): string {
  return readFileSync(new URL(path, `file://${ROOT}`), 'utf8');
}

export interface CodeBlock {
  /** What follows the opening fence: `sh`. */
  readonly language: string;
  /** The heading above it. */
  readonly heading: string;
  readonly text: string;
}

const FENCE = /^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2$/gms;
const HEADING = /^#{1,6} (.+)$/;

/** Fenced blocks, without the indentation that a list gives them. */
export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(FENCE)].map(({ index, 1: indentation = '', 3: language = '', 4: text = '' }) => ({
    language: language.trim(),
    heading: headings(page.slice(0, index)).at(-1) ?? '',
    text: text.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  }));
}

/** Headings in their order, as they are written. */
export function headings(page: string): string[] {
  return withoutBlocks(page)
    .split('\n')
    .flatMap((line) => HEADING.exec(line)?.[1]?.trim() ?? []);
}

/** `code` in running text, line ends as spaces. */
export function codeSpans(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/(`+)(.+?)\1/gs)].map(([, , text = '']) =>
    text.replaceAll(/\s*\n\s*/g, ' ').trim(),
  );
}

/** Targets of `[text](target)`, those in code left out. */
export function linkTargets(page: string): string[] {
  const text = withoutBlocks(page).replaceAll(/(`+)(.+?)\1/gs, '');
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that GitHub gives to a page's headings. */
export function anchors(page: string): Set<string> {
  const found = new Set<string>();
  for (const heading of headings(page)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; found.has(anchor); again += 1) anchor = `${slug}-${again}`;
    found.add(anchor);
  }
  return found;
}

function withoutBlocks(page: string): string {
  return page.replaceAll(FENCE, '');
}
