import type { StatementTarget } from '../../sql-script/statement-target.ts';
import { type Token, TokenReader } from '../../sql-script/tokens.ts';
import type { SchemaObject } from '../../target/apply/schema-object.ts';
import { relationKey } from './relation-key.ts';

/** The relations that an entry of a schema script belongs to. */
export interface Belongings {
  /** The key of the relation that it is created and dropped with; for a table, its own key. */
  readonly relation?: string;
  /** The relation that a foreign key refers to, or the parent of an ATTACH PARTITION. */
  readonly otherRelation?: string;
}

/** Kinds whose own key is the relation's; for an index or statistics, their table's key replaces it later. */
const WITH_RELATION_NAME: ReadonlySet<string> = new Set([
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
  'index',
  'statistics',
]);

/** Finds the relation that an entry is created and dropped with, and the other one that it connects it to. */
export function belongings(
  type: string,
  { action }: StatementTarget,
  object: SchemaObject,
  tokens: () => readonly Token[],
): Belongings {
  if (action === 'ATTACH PARTITION') return attachment(object, tokens());
  if (type === 'FK CONSTRAINT')
    return { ...ownRelation(object), ...nameAfter('REFERENCES', tokens(), 'otherRelation') };
  if (type === 'STATISTICS') return nameAfter('FROM', tokens(), 'relation');
  // `ALTER PUBLICATION p ADD TABLE ONLY t` belongs to the publication.
  if (type.startsWith('PUBLICATION')) return {};
  return ownRelation(object);
}

function ownRelation({ kind, schema, name, on }: SchemaObject): Belongings {
  if (on !== undefined) return { relation: relationKey(on.schema, on.name) };
  return WITH_RELATION_NAME.has(kind) && schema !== undefined ? { relation: relationKey(schema, name) } : {};
}

/** `ALTER TABLE ONLY parent ATTACH PARTITION child` belongs to the child, which needs no parent. */
function attachment({ schema, name }: SchemaObject, tokens: readonly Token[]): Belongings {
  return { otherRelation: relationKey(schema, name), ...nameAfter('PARTITION', tokens, 'relation') };
}

function nameAfter(word: string, tokens: readonly Token[], as: keyof Belongings): Belongings {
  const reader = new TokenReader(tokens);
  if (!reader.seekWord(word)) return {};
  reader.skip();
  const [name, schema] = (reader.readDottedName() ?? []).reverse();
  return name === undefined ? {} : { [as]: relationKey(schema, name) };
}
