import { TokenReader } from '../../sql-script/tokens.ts';
import { DEFAULT_OPERATOR_CLASS } from './missing-object.ts';
import type { PlannedStatement } from './planned-statement.ts';
import type { SchemaObject } from './schema-object.ts';
import { writtenType } from './signature.ts';

/** The objects that a statement makes: the one it names, and those that come with it under a name of their own. */
export function madeObjects(statement: PlannedStatement, object: SchemaObject): SchemaObject[] {
  const { verb, action, typeKind } = statement.target;
  if (action === 'ALTER COLUMN ADD GENERATED') return named(statement, 'NAME', 'sequence');
  if (verb === 'CREATE' && typeKind === 'range')
    return [object, ...named(statement, 'MULTIRANGE_TYPE_NAME', 'type')];
  if (verb === 'CREATE' && object.kind === 'operator class') return [object, ...defaultClass(statement)];
  if (object.kind.startsWith('publication ')) return [object];
  return verb === 'CREATE' || action === 'ADD CONSTRAINT' ? [object] : [];
}

/** `DEFAULT FOR TYPE a USING btree`: what looks for it has not its name, but the type's and the access method's. */
function defaultClass(statement: PlannedStatement): SchemaObject[] {
  const reader = new TokenReader(statement.tokens());
  if (!reader.seekWord('DEFAULT') || !reader.readWords('DEFAULT FOR TYPE')) return [];
  const from = reader.peek()?.start ?? 0;
  if (!reader.seekWord('USING')) return [];
  const type = statement.tokens().filter(({ start }) => start >= from && start < (reader.peek()?.start ?? 0));
  reader.skip();
  return [{ kind: DEFAULT_OPERATOR_CLASS, name: `${writtenType(type)} using ${reader.readName()}` }];
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
