import type { Year } from './story.ts';

/** The table of docs/retention.md: each story, and what is in the vault after a year. */
export function tableOf(years: readonly Year[]): string {
  const rows = years.map(({ story, listed, mostListed, newestAgeDays, oldestAgeDays, changes }) => [
    story.label,
    String(listed),
    String(mostListed),
    newestAgeDays === undefined ? 'none' : days(newestAgeDays),
    oldestAgeDays === undefined ? 'none' : days(oldestAgeDays),
    changes === undefined ? '–' : `${changes.left} (${changes.most})`,
  ]);
  const titles = [
    'what happens',
    'backups at the end',
    'most at once',
    'newest proven',
    'oldest',
    'objects of changes (most)',
  ];
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function days(age: number): string {
  return `${Math.ceil(age)} d`;
}

const BEGIN = '<!-- made by `npm run retention` -->';
const END = '<!-- end of what is made -->';

/** The page with its table made anew. Throws where it has no place for it. */
export function withTable(page: string, table: string): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, before)}${BEGIN}\n\n${table}\n\n${page.slice(after)}`;
}
