/** What a name brings along is escaped: it begins no link and no code. */
const LINK = /(?<!\\)\[([^\][]*)(?<!\\)\]\(([^()\s]+)\)/g;
const CODE = /^( *)(`{3,})[^\n`]*\n.*?^\1\2$|(?<!\\)(`+)[^`].*?\3/gms;
const HEADING = /^#{1,6} (.+)$/gm;

/**
 * Makes a page stand alone: links to pages that do not lie beside it become words, and so do links to headings that it
 * does not have. Rows of tables that are about such a heading go.
 */
export function standAlone(page: string): string {
  const there = anchorsOf(page);
  const rows = page
    .split('\n')
    .filter((line) => {
      const [, anchor] = /^\| \[[^\]]+\]\(#([^)]+)\) \|/.exec(line) ?? [];
      return anchor === undefined || there.has(anchor);
    })
    .join('\n');
  return outsideCode(rows, (text) =>
    text.replaceAll(LINK, (all, words: string, target: string) => {
      if (/^[a-z]+:/.test(target)) return all;
      const [file = '', anchor = ''] = target.split('#');
      if (file === '') return there.has(anchor) ? all : words;
      const place = placeOf(file);
      return words === file ? place : `${words} (${place})`;
    }),
  );
}

/** The name of a page of the documentation, from its root. */
function placeOf(file: string): string {
  return file.startsWith('../') ? file.slice('../'.length) : `docs/${file}`;
}

/** As GitHub makes them. A page of ours has no heading twice. */
function anchorsOf(page: string): Set<string> {
  return new Set(
    [...page.replaceAll(CODE, '').matchAll(HEADING)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function outsideCode(page: string, change: (text: string) => string): string {
  let at = 0;
  const pieces: string[] = [];
  for (const { 0: code, index } of page.matchAll(CODE)) {
    pieces.push(change(page.slice(at, index)), code);
    at = index + code.length;
  }
  return [...pieces, change(page.slice(at))].join('');
}
