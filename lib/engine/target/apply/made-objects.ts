import { TokenReader } from '../../sql-script/tokens.ts';
import type { PlannedStatement } from './rules/rule.ts';
import type { SchemaObject } from './schema-object.ts';

/** The objects that a statement makes: the one it names, and those that come with it under a name of their own. */
export function madeObjects(statement: PlannedStatement, object: SchemaObject): SchemaObject[] {
  const { verb, action, typeKind } = statement.target;
  if (action === 'ALTER COLUMN ADD GENERATED') return named(statement, 'NAME', 'sequence');
  if (verb === 'CREATE' && typeKind === 'range')
    return [object, ...named(statement, 'MULTIRANGE_TYPE_NAME', 'type')];
  return verb === 'CREATE' || action === 'ADD CONSTRAINT' ? [object] : [];
}

/** The dotted name after a word, and after an equals sign if there is one. */
function named(statement: PlannedStatement, word: string, kind: string): SchemaObject[] {
  const tokens = statement.tokens();
  const at = tokens.findIndex((token) => token.kind === 'word' && token.text.toUpperCase() === word);
  if (at < 0) return [];
  const reader = new TokenReader(tokens.slice(at + 1));
  if (reader.peek()?.text === '=') reader.skip();
  const [name, schema] = (reader.readDottedName() ?? []).reverse();
  if (name === undefined) return [];
  return [schema === undefined ? { kind, name } : { kind, schema, name }];
}
