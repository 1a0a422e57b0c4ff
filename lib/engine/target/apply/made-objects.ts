import { TokenReader } from '../../sql-script/tokens.ts';
import { DEFAULT_OPERATOR_CLASS } from './missing-object.ts';
import type { PlannedStatement } from './planned-statement.ts';
import type { SchemaObject } from './schema-object.ts';
import { writtenType } from './signature.ts';

/** The objects that a statement creates: the one it names, and named objects that are created with it. */
export function madeObjects(statement: PlannedStatement, object: SchemaObject): SchemaObject[] {
  const { verb, action, typeKind } = statement.target;
  if (action === 'ALTER COLUMN ADD GENERATED') return named(statement, 'NAME', 'sequence');
  if (verb === 'CREATE' && typeKind === 'range')
    return [object, ...named(statement, 'MULTIRANGE_TYPE_NAME', 'type')];
  if (verb === 'CREATE' && object.kind === 'operator class') return [object, ...defaultClass(statement)];
  if (object.kind.startsWith('publication ')) return [object];
  return verb === 'CREATE' || action === 'ADD CONSTRAINT' ? [object] : [];
}

/** `DEFAULT FOR TYPE a USING btree`: a default class is looked up by type and access method, not by name. */
function defaultClass(statement: PlannedStatement): SchemaObject[] {
  const reader = new TokenReader(statement.tokens());
  if (!reader.seekWord('DEFAULT') || !reader.readWords('DEFAULT FOR TYPE')) return [];
  const from = reader.peek()?.start ?? 0;
  if (!reader.seekWord('USING')) return [];
  const type = statement.tokens().filter(({ start }) => start >= from && start < (reader.peek()?.start ?? 0));
  reader.skip();
  return [{ kind: DEFAULT_OPERATOR_CLASS, name: `${writtenType(type)} using ${reader.readName()}` }];
}

/** The dotted name after a word and an optional equals sign. */
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
