import type { ScriptEntry } from '../../sql-script/entries.ts';
import { type Token, TokenReader } from '../../sql-script/tokens.ts';
import type { PlannedStatement } from './planned-statement.ts';
import { signatureOf } from './signature.ts';

/** The object of a statement, in the words of reports and fingerprints. */
export interface SchemaObject {
  /** Lower case: `table`, `materialized view`, `constraint`, `default privileges`; `setting` for SET. */
  readonly kind: string;
  readonly schema?: string;
  readonly name: string;
  /** The relation that an index, constraint, trigger, policy, rule or column belongs to. */
  readonly on?: { readonly schema?: string; readonly name: string };
  /** The argument types of a routine or operator, if known: see signature.ts. */
  readonly signature?: string;
  /** For an operator class: the family that gets its operators and functions. */
  readonly family?: { readonly schema?: string; readonly name: string };
}

/**
 * Reads the object from the statement, or from the entry's header if the statement has no name, as for a
 * cast.
 */
export function schemaObject(
  statement: PlannedStatement,
  entry: Pick<ScriptEntry, 'type' | 'name' | 'schema'> | undefined,
): SchemaObject {
  const { target, tokens } = statement;
  const { objectType, schema, name, on, column, action } = target;
  if (target.verb === 'SET') return { kind: 'setting', name: name ?? '' };
  const relation = name === undefined ? {} : { on: qualify(schema, name) };
  if (action === 'ADD CONSTRAINT') {
    return { kind: 'constraint', name: constraintName(tokens()) ?? '', ...relation };
  }
  if (objectType === 'PUBLICATION' && name !== undefined) {
    const part = publicationPart(action, tokens());
    if (part) return { ...part, on: { name } };
  }
  if (column !== undefined) return { kind: 'column', name: column, ...relation };
  if (objectType !== undefined && name !== undefined) {
    const signature = signatureOf(statement, entry);
    return {
      kind: objectType.toLowerCase(),
      ...qualify(schema, name),
      ...(on ? { on } : {}),
      ...(signature === undefined ? {} : { signature }),
      ...(objectType === 'OPERATOR CLASS' && target.verb === 'CREATE'
        ? { family: familyOf(tokens()) ?? qualify(schema, name) }
        : {}),
    };
  }
  const kind = objectType ?? entry?.type ?? target.verb;
  return { kind: kind.toLowerCase(), ...qualify(entry?.schema, name ?? entry?.name ?? '') };
}

/** The table that `ALTER PUBLICATION … ADD TABLE ONLY a.b` adds: it is a separate object in fingerprints. */
function publicationPart(action: string | undefined, tokens: readonly Token[]): SchemaObject | undefined {
  if (action === undefined || !action.startsWith('ADD TABLE')) return undefined;
  const reader = new TokenReader(tokens);
  if (!reader.seekWord('ADD')) return undefined;
  reader.readWords(action);
  const [name, schema] = (reader.readDottedName() ?? []).reverse();
  if (name === undefined) return undefined;
  return {
    kind: schema === undefined ? 'publication schema' : 'publication table',
    ...qualify(schema, name),
  };
}

/** The family of an operator class. Without FAMILY, it has the name of the class. */
function familyOf(tokens: readonly Token[]): { schema?: string; name: string } | undefined {
  const reader = new TokenReader(tokens);
  if (!reader.seekWord('FAMILY')) return undefined;
  reader.skip();
  const [name, schema] = (reader.readDottedName() ?? []).reverse();
  return name === undefined ? undefined : qualify(schema, name);
}

function constraintName(tokens: readonly Token[]): string | undefined {
  const reader = new TokenReader(tokens);
  while (reader.seekWord('ADD')) {
    if (reader.readWords('ADD CONSTRAINT')) return reader.readName();
    reader.skip();
  }
  return undefined;
}

/** The object's name in sentences: `table public.users`. */
export function nameOfObject({ kind, schema, name, on }: SchemaObject): string {
  const qualified = schema === undefined ? name : `${schema}.${name}`;
  const relation = on && (on.schema === undefined ? on.name : `${on.schema}.${on.name}`);
  return `${kind} ${qualified}${relation === undefined ? '' : ` on ${relation}`}`.trim();
}

function qualify(schema: string | undefined, name: string): { schema?: string; name: string } {
  return schema === undefined ? { name } : { schema, name };
}
