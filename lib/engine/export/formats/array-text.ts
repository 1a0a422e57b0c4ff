export type ArrayItem = string | null | readonly ArrayItem[];

/**
 * Reads an array as PostgreSQL prints it (manual, "Array Input and Output Syntax"). Bounds that do not begin with 1 are left
 * out. Undefined if it is none: an element of a type with another delimiter, say.
 */
export function readArray(text: string): readonly ArrayItem[] | undefined {
  const start = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  if (text[start] !== '{') return undefined;
  const stack: ArrayItem[][] = [];
  let at = start;
  for (;;) {
    const character = text[at];
    if (character === '{') {
      stack.push([]);
      at += 1;
    } else if (character === '}') {
      const done = stack.pop() as ArrayItem[];
      at += 1;
      const above = stack.at(-1);
      if (!above) return at === text.length ? done : undefined;
      above.push(done);
    } else if (character === ',') {
      at += 1;
    } else if (character === '"') {
      let item = '';
      for (at += 1; text[at] !== '"'; at += 1) {
        if (text[at] === '\\') at += 1;
        if (at >= text.length) return undefined;
        item += text[at];
      }
      at += 1;
      stack.at(-1)?.push(item);
    } else if (character === undefined) {
      return undefined;
    } else {
      let item = '';
      for (; at < text.length && text[at] !== ',' && text[at] !== '}'; at += 1) {
        if (text[at] === '\\') at += 1;
        item += text[at] ?? '';
      }
      stack.at(-1)?.push(item === 'NULL' ? null : item);
    }
  }
}
