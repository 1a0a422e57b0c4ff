import { significantTokens, TokenReader } from '../../sql-script/tokens.ts';
import { nameOfObject } from '../../target/apply/schema-object.ts';
import type { ArchivedEntry, ArchivedSchema } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName, relationKey } from '../archived/relation-key.ts';
import { namesIn } from '../renaming/rename-statement.ts';

export interface LeftOut {
  readonly entry: ArchivedEntry;
  readonly name: string;
  readonly reason: string;
}

/** Of tables alone: a trigger or rule would act on what others use, through the functions that are there. */
export const NOT_WITH_TABLES: ReadonlySet<string> = new Set(['trigger', 'rule']);

/** What of a copy's own entries is not made, because it would change or lock something that exists. */
export function leftOutOfCopy(
  own: readonly ArchivedEntry[],
  relations: ReadonlySet<string>,
  schema: ArchivedSchema,
  isWholeSchema: boolean,
): LeftOut[] {
  const left: LeftOut[] = own.flatMap((entry) => {
    const reason = reasonOf(entry, relations, schema, isWholeSchema);
    return reason === undefined ? [] : [{ entry, name: wordsOf(entry), reason }];
  });
  const names = new Set(left.map(({ entry }) => nameOfObject(entry.object)));
  const about = own.filter(({ type, object }) => type === 'COMMENT' && names.has(nameOfObject(object)));
  return [...left, ...about.map((entry) => ({ entry, name: '', reason: '' }))];
}

function reasonOf(
  { type, object, statements, otherRelation }: ArchivedEntry,
  relations: ReadonlySet<string>,
  { indexes }: ArchivedSchema,
  isWholeSchema: boolean,
): string | undefined {
  if (type === 'COMMENT') return undefined;
  const other =
    otherRelation === undefined || relations.has(otherRelation) ? undefined : plainName(otherRelation);
  if (type === 'FK CONSTRAINT' && other !== undefined)
    return `it refers to ${other}, which is not copied; rows there could then not be deleted because of the copy`;
  if (type === 'TABLE ATTACH' && other !== undefined)
    return `${other} is not copied, and would show the rows of the copy as well`;
  if (type === 'INDEX ATTACH') {
    const outside = statements
      .flatMap((text) => namesIn(text, () => false))
      .map(({ schema: own, name }) => indexes.get(relationKey(own, name)))
      .find((table) => table !== undefined && !relations.has(table));
    return outside === undefined ? undefined : `${plainName(outside)} is not copied`;
  }
  return !isWholeSchema && NOT_WITH_TABLES.has(object.kind)
    ? 'copies of tables are for looking and copying; it would act on what others use'
    : undefined;
}

/**
 * Partitions, in other schemas or excluded, of partitioned tables that are copied. The copy does not have their rows, so
 * they are named with the number of these.
 */
export function partitionsOutside(
  { schema, manifest }: Pick<BackupToRestore, 'schema' | 'manifest'>,
  relations: ReadonlySet<string>,
): LeftOut[] {
  const attached = schema.entries.filter(({ type }) => type === 'TABLE ATTACH');
  const below = (key: string): string[] => [
    key,
    ...attached.flatMap(({ relation, otherRelation }) =>
      relation !== undefined && otherRelation === key ? below(relation) : [],
    ),
  ];
  return attached.flatMap((entry) => {
    const { relation = '', otherRelation = '' } = entry;
    if (!relations.has(otherRelation) || relations.has(relation)) return [];
    const lost = new Set(below(relation).filter((key) => !relations.has(key)));
    const rows = manifest.tables
      .filter((table) => lost.has(relationKey(table.schema, table.name)))
      .reduce((sum, table) => sum + table.rows, 0);
    const name = `partition ${plainName(relation)} of ${plainName(otherRelation)} with ${rows} ${rows === 1 ? 'row' : 'rows'}`;
    return [
      { entry, name, reason: 'it is in another schema, or excluded, so the copy does not have its rows' },
    ];
  });
}

/** Parents, by INHERITS, that are not copied: a query on them would show the rows of the copy. */
export function outsideParents(
  { type, statements }: ArchivedEntry,
  relations: ReadonlySet<string>,
): string[] {
  if (type !== 'TABLE' && type !== 'FOREIGN TABLE') return [];
  const reader = new TokenReader(significantTokens(statements[0] ?? ''));
  if (!reader.seekWord('INHERITS')) return [];
  reader.skip();
  const parents: string[] = [];
  do {
    reader.readPunctuation('(');
    const [name, schema] = (reader.readDottedName() ?? []).reverse();
    if (name !== undefined) parents.push(relationKey(schema, name));
  } while (reader.readPunctuation(','));
  return parents.filter((key) => !relations.has(key));
}

export function wordsOf({ type, object, header, relation }: ArchivedEntry): string {
  if (type === 'FK CONSTRAINT' && relation !== undefined)
    return `foreign key ${object.name} on ${plainName(relation)}`;
  if (object.signature !== undefined) return `${object.kind} ${header.schema}.${header.name}`;
  if (type === 'TABLE ATTACH' && relation !== undefined) return `${plainName(relation)} as a partition`;
  return nameOfObject(object);
}
