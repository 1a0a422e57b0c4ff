import type { SchemaObject } from './schema-object.ts';

/** Kinds of objects that share a name space, or that PostgreSQL's messages call by the same word. */
const SPACE_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  table: ['relation', 'type'],
  'foreign table': ['relation', 'type'],
  view: ['relation', 'type'],
  'materialized view': ['relation', 'type'],
  sequence: ['relation'],
  index: ['relation', 'index'],
  type: ['type', 'relation'],
  domain: ['type'],
  function: ['routine'],
  procedure: ['routine'],
  aggregate: ['routine'],
};

const SPACE_OF_WORD: Readonly<Record<string, string>> = {
  function: 'routine',
  procedure: 'routine',
  aggregate: 'routine',
  'foreign-data wrapper': 'foreign data wrapper',
  'statistics object': 'statistics',
};

/** The name spaces that an object is in. */
export function spacesOf(kind: string): readonly string[] {
  return SPACE_OF_KIND[kind] ?? [kind];
}

/** The name space that a word of a message means. */
export function spaceOfWord(word: string): string {
  return SPACE_OF_WORD[word] ?? word;
}

/** The name as messages write it: without quotes, and after its schema if there is one. */
export function writtenName({ schema, name }: Pick<SchemaObject, 'schema' | 'name'>): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
