import type { StatementTarget } from '../../sql-script/statement-target.ts';
import { type Token, TokenReader } from '../../sql-script/tokens.ts';
import type { SchemaObject } from '../../target/apply/schema-object.ts';
import { relationKey } from './relation-key.ts';

/** What an entry of a schema script is tied to. */
export interface Belongings {
  /** The relation that it lives and dies with, by its key; of a table itself its own. */
  readonly relation?: string;
  /** Of a foreign key, the relation that it refers to; of a partition's attachment, the parent. */
  readonly otherRelation?: string;
}

/** Kinds whose own key is the relation's; that of an index or of statistics is replaced by their table's later. */
const WITH_RELATION_NAME: ReadonlySet<string> = new Set([
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
  'index',
  'statistics',
]);

/** The relation that an entry lives and dies with, and the other one that it ties it to. */
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
  // `ALTER PUBLICATION p ADD TABLE ONLY t` is the publication's.
  if (type.startsWith('PUBLICATION')) return {};
  return ownRelation(object);
}

function ownRelation({ kind, schema, name, on }: SchemaObject): Belongings {
  if (on !== undefined) return { relation: relationKey(on.schema, on.name) };
  return WITH_RELATION_NAME.has(kind) && schema !== undefined ? { relation: relationKey(schema, name) } : {};
}

/** `ALTER TABLE ONLY parent ATTACH PARTITION child`: the child is what can be without the parent. */
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
