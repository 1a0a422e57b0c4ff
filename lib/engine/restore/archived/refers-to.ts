import { nameOfObject } from '../../target/apply/schema-object.ts';
import { type ArchivedEntry, type ArchivedSchema, makesRelation } from './archived-schema.ts';
import { columnDefaults } from './column-defaults.ts';
import { nameMentions } from './name-mentions.ts';
import { plainName, relationKey } from './relation-key.ts';

/** An object of the backup that refers to a relation: it goes with it in DROP … CASCADE. */
export interface Referrer {
  readonly entry: ArchivedEntry;
  /** The key of the relation that the entry makes, if it makes one. */
  readonly makes: string | undefined;
  /** In words: `foreign key lines_order_id_fkey on app.lines`. */
  readonly words: string;
}

/** Entries that describe another object, or are a part of what makes their relation. */
const NEVER: ReadonlySet<string> = new Set([
  'ACL',
  'DEFAULT ACL',
  'COMMENT',
  'SECURITY LABEL',
  'TABLE ATTACH',
  'INDEX ATTACH',
  'MATERIALIZED VIEW DATA',
  'ROW SECURITY',
]);

/**
 * Everything in a backup that refers to one of these relations and is not a part of them, and everything that
 * refers to that in turn: foreign keys of other tables, views, rules, policies, functions whose body is not a
 * string, defaults that use an owned sequence, publications. Bodies in quotes are not read, as PostgreSQL does
 * not track them either.
 */
export function referrersTo(schema: ArchivedSchema, relations: ReadonlySet<string>): Referrer[] {
  const found = new Map<ArchivedEntry, Referrer>();
  const names = new Set(relations);
  const mentions = new Map<ArchivedEntry, ReadonlySet<string>>();
  const mentionsOf = (entry: ArchivedEntry) => {
    const known = mentions.get(entry);
    if (known) return known;
    const keys = new Set(
      entry.statements.flatMap((text) =>
        nameMentions(text)
          // An owned sequence is a string in a default. Any other string is no dependency.
          .filter(({ inString }) => !inString || entry.type === 'DEFAULT')
          .map(({ key }) => key),
      ),
    );
    mentions.set(entry, keys);
    return keys;
  };
  const candidates = schema.entries
    .filter(({ type }) => !NEVER.has(type))
    .flatMap((entry) => [entry, ...columnDefaults(entry)]);
  for (let grows = true; grows; ) {
    grows = false;
    for (const entry of candidates) {
      if (found.has(entry) || isPartOf(entry, names)) continue;
      if (!refers(entry, names, mentionsOf)) continue;
      const makes = makesRelation(entry) ? entry.relation : undefined;
      found.set(entry, { entry, makes, words: wordsOf(entry) });
      const { schema: own, name } = entry.object;
      const isNamed = makes !== undefined || ROUTINES_AND_TYPES.has(entry.object.kind);
      if (isNamed && own !== undefined && !names.has(relationKey(own, name))) {
        names.add(relationKey(own, name));
        grows = true;
      }
    }
  }
  const order = new Map(candidates.map((entry, index) => [entry, index]));
  return [...found.values()].sort((a, b) => (order.get(a.entry) ?? 0) - (order.get(b.entry) ?? 0));
}

const ROUTINES_AND_TYPES: ReadonlySet<string> = new Set([
  'function',
  'procedure',
  'aggregate',
  'type',
  'domain',
]);

function isPartOf({ relation, object }: ArchivedEntry, names: ReadonlySet<string>): boolean {
  if (relation !== undefined) return names.has(relation);
  return (
    object.on === undefined &&
    object.schema !== undefined &&
    names.has(relationKey(object.schema, object.name))
  );
}

function refers(
  entry: ArchivedEntry,
  names: ReadonlySet<string>,
  mentionsOf: (entry: ArchivedEntry) => ReadonlySet<string>,
): boolean {
  if (entry.otherRelation !== undefined && names.has(entry.otherRelation)) return true;
  for (const key of mentionsOf(entry)) if (names.has(key) && key !== entry.relation) return true;
  return false;
}

function wordsOf({ type, object, relation, header }: ArchivedEntry): string {
  const on = relation === undefined ? '' : ` on ${plainName(relation)}`;
  if (type === 'FK CONSTRAINT') return `foreign key ${object.name}${on}`;
  if (type === 'DEFAULT') return `default of ${object.name}${on}`;
  if (object.kind === 'publication table')
    return `publication ${object.on?.name} for ${object.schema}.${object.name}`;
  if (object.signature !== undefined) return `${object.kind} ${header.schema}.${header.name}`;
  return nameOfObject(object);
}
