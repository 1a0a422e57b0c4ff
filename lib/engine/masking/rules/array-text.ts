/**
 * Replaces the elements of an array, as PostgreSQL writes it: `{a,"b c",NULL}`, with arrays inside and lower bounds before
 * (PostgreSQL manual, "Array Input and Output Syntax"). NULL stays NULL.
 */
export function mapElements(array: string, replace: (element: string) => string): string {
  // Bounds come first: `[0:1]={a,b}`.
  const from = array.indexOf('{');
  let written = array.slice(0, from);
  let at = from;
  while (at < array.length) {
    const character = array[at];
    if (character === '{' || character === '}' || character === ',') {
      written += character;
      at += 1;
    } else if (character === '"') {
      const [element, end] = quoted(array, at);
      written += quote(replace(element));
      at = end;
    } else {
      const end = endOfWord(array, at);
      const word = array.slice(at, end);
      written += word === 'NULL' ? word : quote(replace(word));
      at = end;
    }
  }
  return written;
}

function quoted(array: string, from: number): [element: string, end: number] {
  let element = '';
  for (let at = from + 1; at < array.length; at += 1) {
    if (array[at] === '"') return [element, at + 1];
    if (array[at] === '\\') at += 1;
    element += array[at] ?? '';
  }
  throw new RangeError('an array ended within an element');
}

function endOfWord(array: string, from: number): number {
  const rest = array.slice(from).search(/[{},]/);
  return rest === -1 ? array.length : from + rest;
}

function quote(element: string): string {
  return `"${element.replace(/["\\]/g, '\\$&')}"`;
}
