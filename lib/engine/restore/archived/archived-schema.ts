import { readEntries, type ScriptEntry } from '../../sql-script/entries.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, TokenReader } from '../../sql-script/tokens.ts';
import { type SchemaObject, schemaObject } from '../../target/apply/schema-object.ts';
import { type Belongings, belongings } from './belongings.ts';
import { readRelationKey, relationKey } from './relation-key.ts';

export type Section = 'pre-data' | 'post-data';

/** One entry of pre-data.sql or post-data.sql: it creates an object, or changes one (a grant, a comment). */
export interface ArchivedEntry extends Belongings {
  /** `pre-data:12`: the same for as long as the backup exists. */
  readonly step: string;
  readonly section: Section;
  /** pg_dump's word: `TABLE`, `FK CONSTRAINT`, `ACL`. */
  readonly type: string;
  /** The entry's header as it stands in the script. */
  readonly header: Pick<ScriptEntry, 'type' | 'name' | 'schema'>;
  /** The object that its first statement creates or changes. */
  readonly object: SchemaObject;
  /** SET statements that hold for it: where and how a table or index is stored. */
  readonly settings: readonly string[];
  readonly statements: readonly string[];
}

export interface ArchivedRelation {
  readonly key: string;
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
  /** The key of the topmost partitioned table that it is a partition of. */
  readonly root?: string;
  /** For a sequence, the key of the table whose column owns it. */
  readonly owner?: string;
}

/** What the two schema files of a backup hold, entry by entry. */
export interface ArchivedSchema {
  readonly entries: readonly ArchivedEntry[];
  /** Tables, views, sequences and the like, by key. */
  readonly relations: ReadonlyMap<string, ArchivedRelation>;
  /** Keys of partitioned tables. */
  readonly partitioned: ReadonlySet<string>;
  /** Keys of indexes, with the relation that each is on. */
  readonly indexes: ReadonlyMap<string, string>;
}

const RELATION_KINDS: ReadonlySet<string> = new Set([
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
]);

export function readArchivedSchema(preData: string, postData: string): ArchivedSchema {
  const sections: ReadonlyArray<readonly [Section, string]> = [
    ['pre-data', preData],
    ['post-data', postData],
  ];
  return archivedSchemaOf(sections.flatMap(([section, script]) => draftsOf(section, script)));
}

/** Puts entries together, as {@link describedEntry} gives them, in the order of the archive. */
export function archivedSchemaOf(drafts: readonly ArchivedEntry[]): ArchivedSchema {
  const owners = new Map(drafts.flatMap(ownedSequence));
  const parents = new Map(
    drafts
      .filter(({ type }) => type === 'TABLE ATTACH')
      .flatMap(({ relation, otherRelation }) =>
        relation !== undefined && otherRelation !== undefined ? [[relation, otherRelation] as const] : [],
      ),
  );
  const relations = new Map<string, ArchivedRelation>();
  for (const draft of drafts) {
    const relation = madeRelation(draft);
    if (!relation) continue;
    const root = topmost(relation.key, parents);
    const owner = owners.get(relation.key);
    relations.set(relation.key, {
      ...relation,
      ...(root === undefined ? {} : { root }),
      ...(owner === undefined ? {} : { owner }),
    });
  }
  for (const [key, owner] of owners) {
    // An identity column's sequence is made by its table's own ALTER TABLE.
    if (!relations.has(key)) relations.set(key, { key, kind: 'sequence', ...readRelationKey(key), owner });
  }
  const indexes = new Map(drafts.flatMap(indexOf));
  const statistics = new Map(drafts.flatMap(statisticsOf));
  const entries = drafts.map((draft) => {
    const inner = draft.object.kind === 'statistics' ? statistics : indexes;
    const { relation, ...rest } = draft;
    if (relation === undefined || relations.has(relation)) return draft;
    // A domain's constraint and a type's attribute also have an object that they are on, but it is not a
    // relation.
    const table = inner.get(relation);
    return table === undefined ? rest : { ...rest, relation: table };
  });
  return { entries, relations, partitioned: new Set(drafts.flatMap(partitionedTable)), indexes };
}

function draftsOf(section: Section, script: string): ArchivedEntry[] {
  const settings = new Map<string, string>();
  const { preamble, entries } = readEntries(script);
  const read = (statements: ScriptEntry['statements']) => {
    const own: string[] = [];
    for (const { text } of statements) {
      const setting = /^SET (default_tablespace|default_table_access_method) = /.exec(text)?.[1];
      if (setting === undefined) own.push(text);
      else settings.set(setting, text);
    }
    return own;
  };
  read(preamble);
  return entries.map((entry, number) => {
    const statements = read(entry.statements);
    return describedEntry({
      step: `${section}:${number}`,
      section,
      type: entry.type,
      header: { type: entry.type, name: entry.name, schema: entry.schema },
      settings: [...settings.values()].filter((text) => !USUAL_SETTINGS.has(text)),
      statements,
    });
  });
}

/** An entry with its object and relations, which are read from its statements. */
export function describedEntry(entry: Omit<ArchivedEntry, 'object' | keyof Belongings>): ArchivedEntry {
  const first = entry.statements[0] ?? '';
  const target = statementTarget(first);
  const tokens = () => significantTokens(first);
  const object = schemaObject({ target, tokens }, entry.header);
  return { ...entry, object, ...belongings(entry.type, target, object, tokens) };
}

/** Settings that every session of a restore has. */
const USUAL_SETTINGS: ReadonlySet<string> = new Set([
  `SET default_tablespace = '';`,
  'SET default_table_access_method = heap;',
]);

/**
 * Whether the entry creates the relation it belongs to. The table's ALTER TABLE creates an identity column's
 * sequence.
 */
export function makesRelation({ type, object }: Pick<ArchivedEntry, 'type' | 'object'>): boolean {
  return RELATION_KINDS.has(object.kind) && type.toLowerCase() === object.kind && object.on === undefined;
}

function madeRelation(draft: ArchivedEntry): ArchivedRelation | undefined {
  const { kind, schema, name } = draft.object;
  if (!makesRelation(draft) || schema === undefined) return undefined;
  return { key: relationKey(schema, name), kind, schema, name };
}

/** `ALTER SEQUENCE s OWNED BY t.c`, `ALTER TABLE t ALTER COLUMN c ADD GENERATED … (SEQUENCE NAME s …)`. */
function ownedSequence({
  type,
  object,
  statements,
  relation,
}: ArchivedEntry): Array<readonly [string, string]> {
  const [first = ''] = statements;
  if (type === 'SEQUENCE OWNED BY') {
    const reader = new TokenReader(significantTokens(first));
    if (!reader.seekWord('OWNED') || !reader.readWords('OWNED BY')) return [];
    const [, table, schema] = (reader.readDottedName() ?? []).reverse();
    return table === undefined ? [] : [[relationKey(object.schema, object.name), relationKey(schema, table)]];
  }
  if (type !== 'SEQUENCE' || object.kind !== 'column' || relation === undefined) return [];
  const tokens = significantTokens(first);
  const at = tokens.findIndex(
    ({ text }, index) =>
      text.toUpperCase() === 'NAME' && tokens[index - 1]?.text.toUpperCase() === 'SEQUENCE',
  );
  const [name, schema] = (new TokenReader(tokens.slice(at + 1)).readDottedName() ?? []).reverse();
  return at < 0 || name === undefined ? [] : [[relationKey(schema, name), relation]];
}

/** An index has its table's schema; a key or exclusion constraint has an index of its own name. */
function indexOf({ type, object, relation }: ArchivedEntry): Array<readonly [string, string]> {
  if (type !== 'INDEX' && type !== 'CONSTRAINT') return [];
  const schema = object.on?.schema;
  return relation === undefined || schema === undefined ? [] : [[relationKey(schema, object.name), relation]];
}

function partitionedTable({ type, relation, statements }: ArchivedEntry): string[] {
  if (type !== 'TABLE' || relation === undefined) return [];
  const reader = new TokenReader(significantTokens(statements[0] ?? ''));
  return reader.seekWord('PARTITION') && reader.readWords('PARTITION BY') ? [relation] : [];
}

function statisticsOf({ type, object, relation }: ArchivedEntry): Array<readonly [string, string]> {
  if (type !== 'STATISTICS' || relation === undefined) return [];
  return [[relationKey(object.schema, object.name), relation]];
}

function topmost(key: string, parents: ReadonlyMap<string, string>): string | undefined {
  let root: string | undefined;
  for (let parent = parents.get(key); parent !== undefined; parent = parents.get(parent)) root = parent;
  return root;
}
