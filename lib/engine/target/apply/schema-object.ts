import type { ScriptEntry } from '../../sql-script/entries.ts';
import { type Token, TokenReader } from '../../sql-script/tokens.ts';
import type { PlannedStatement } from './rules/rule.ts';

/** What a statement is about, in the words of reports and of fingerprints. */
export interface SchemaObject {
  /** Lower case: `table`, `materialized view`, `constraint`, `default privileges`; `setting` for SET. */
  readonly kind: string;
  readonly schema?: string;
  readonly name: string;
  /** The relation that an index, constraint, trigger, policy, rule or column belongs to. */
  readonly on?: { readonly schema?: string; readonly name: string };
}

/** Read from the statement; the entry's header only where the statement names nothing, as a cast does. */
export function schemaObject(
  { target, tokens }: PlannedStatement,
  entry: Pick<ScriptEntry, 'type' | 'name' | 'schema'> | undefined,
): SchemaObject {
  const { objectType, schema, name, on, column, action } = target;
  if (target.verb === 'SET') return { kind: 'setting', name: name ?? '' };
  const relation = name === undefined ? {} : { on: qualify(schema, name) };
  if (action === 'ADD CONSTRAINT') {
    return { kind: 'constraint', name: constraintName(tokens()) ?? '', ...relation };
  }
  if (column !== undefined) return { kind: 'column', name: column, ...relation };
  if (objectType !== undefined && name !== undefined) {
    return { kind: objectType.toLowerCase(), ...qualify(schema, name), ...(on ? { on } : {}) };
  }
  const kind = objectType ?? entry?.type ?? target.verb;
  return { kind: kind.toLowerCase(), ...qualify(entry?.schema, name ?? entry?.name ?? '') };
}

function constraintName(tokens: readonly Token[]): string | undefined {
  const reader = new TokenReader(tokens);
  while (reader.seekWord('ADD')) {
    if (reader.readWords('ADD CONSTRAINT')) return reader.readName();
    reader.skip();
  }
  return undefined;
}

/** `TABLE public.users`, for sentences. */
export function nameOfObject({ kind, schema, name, on }: SchemaObject): string {
  const qualified = schema === undefined ? name : `${schema}.${name}`;
  const relation = on && (on.schema === undefined ? on.name : `${on.schema}.${on.name}`);
  return `${kind} ${qualified}${relation === undefined ? '' : ` on ${relation}`}`.trim();
}

function qualify(schema: string | undefined, name: string): { schema?: string; name: string } {
  return schema === undefined ? { name } : { schema, name };
}
