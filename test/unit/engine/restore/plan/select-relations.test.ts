import { describe, expect, it } from 'vitest';
import { readArchivedSchema } from '../../../../../lib/engine/restore/archived/archived-schema.ts';
import { select } from '../../../../../lib/engine/restore/plan/select-relations.ts';

const entry = (type: string, name: string, schema: string, sql: string) =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: ${schema}; Owner: -\n--\n\n${sql}\n\n`;
const schemaOf = (comment: string) =>
  readArchivedSchema(
    [
      entry('SCHEMA', 'lifeboat_restore', '-', 'CREATE SCHEMA lifeboat_restore;'),
      entry('COMMENT', 'SCHEMA lifeboat_restore', '-', `COMMENT ON SCHEMA lifeboat_restore IS '${comment}';`),
      entry('TABLE', 'done', 'lifeboat_restore', 'CREATE TABLE lifeboat_restore.done (step text);'),
      entry('TABLE', 'orders', 'app', 'CREATE TABLE app.orders (id integer);'),
    ].join(''),
    '',
  );
const carried = [
  { schema: 'lifeboat_restore', name: 'done' },
  { schema: 'app', name: 'orders' },
];

describe('a backup that holds the notes of an unfinished restore', () => {
  it('is restored without them', () => {
    const marked = schemaOf('What an unfinished restore by Lifeboat has done. Drop it.');
    const { relations, excludedSchemas } = select(marked, carried, {});
    expect([...relations]).toEqual(['"app"."orders"']);
    expect([...excludedSchemas]).toEqual(['lifeboat_restore']);
  });

  it('keeps a schema of that name without the mark', () => {
    const { relations, excludedSchemas } = select(schemaOf('ours'), carried, {});
    expect(relations.size).toBe(2);
    expect(excludedSchemas.size).toBe(0);
  });
});

describe('a name in SQL quotes, as a plan prints it', () => {
  const tables = [
    { schema: 'app', name: 'Name' },
    { schema: 'Odd "one".x', name: 'a.b' },
    { schema: 'app', name: '"quoted"' },
    { schema: 'app', name: 'quoted' },
  ];
  const archived = readArchivedSchema('', '');
  const relations = (...names: string[]) => [...select(archived, tables, { tables: names }).relations];

  it.each([
    ['app."Name"', '"app"."Name"'],
    ['"Name"', '"app"."Name"'],
    ['"Odd ""one"".x"."a.b"', '"Odd ""one"".x"."a.b"'],
    ['Odd "one".x.a.b', '"Odd ""one"".x"."a.b"'],
    // A table of that very name comes first.
    ['app."quoted"', '"app"."""quoted"""'],
  ])('%s is found', (written, key) => {
    expect(relations(written)).toEqual([key]);
  });

  it('is found as a schema', () => {
    const { schemas } = select(archived, tables, { schemas: ['"Odd ""one"".x"'] });
    expect([...(schemas ?? [])]).toEqual(['Odd "one".x']);
  });

  it('is not found with other quotes', () => {
    expect(() => relations('app."name"')).toThrow('no table app."name"');
    expect(() => relations('app."Name')).toThrow('no table app."Name');
  });
});
