const END = '<!-- end of what is made -->';

/** A page with the part anew that a command makes. Throws where the page has no place for it. */
export function withMadePart(page: string, command: string, made: string): string {
  const begin = `<!-- made by \`${command}\` -->`;
  const [before, after] = [page.indexOf(begin), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`the page has no ${begin} … ${END}`);
  return `${page.slice(0, before)}${begin}\n\n${made}\n${page.slice(after)}`;
}
