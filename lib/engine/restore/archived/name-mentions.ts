import { decodeName, decodeString } from '../../sql-script/names.ts';
import { significantTokens, type Token, TokenReader } from '../../sql-script/tokens.ts';
import { relationKey } from './relation-key.ts';

/** A name with its schema in a statement: `public.users`, or `'public.users_id_seq'` as a string. */
export interface Mention {
  readonly key: string;
  /** Offsets in the statement. */
  readonly start: number;
  readonly end: number;
  readonly inString: boolean;
}

/**
 * Finds every name with a schema in a statement. pg_dump writes the schema before each name that is not
 * PostgreSQL's own, so these names are all that the statement needs. It does not read quoted function bodies.
 * `schema.table.column` gives the first two names; `alias.column` looks the same, but matches no object.
 */
export function nameMentions(statement: string): Mention[] {
  const tokens = significantTokens(statement);
  const mentions: Mention[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (!token) break;
    if (token.kind === 'string') {
      const key = keyInString(token);
      if (key !== undefined) mentions.push({ key, start: token.start, end: token.end, inString: true });
      continue;
    }
    const [dot, name] = [tokens[at + 1], tokens[at + 2]];
    if (!isName(token) || dot?.text !== '.' || !name) continue;
    if (isName(name) || name.kind === 'operator') {
      const key = relationKey(decodeName(token.kind, token.text), nameIn(name));
      mentions.push({ key, start: token.start, end: name.end, inString: false });
      at += 2;
    }
  }
  return mentions;
}

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted-name';
}

function nameIn({ kind, text }: Token): string {
  return kind === 'operator' ? text : decodeName(kind, text);
}

/** `'public.users_id_seq'`, the way regclass is printed. */
function keyInString({ text }: Token): string | undefined {
  if (!text.startsWith("'") || !text.includes('.')) return undefined;
  const value = decodeString(text);
  if (!/^(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\.(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)$/.test(value))
    return undefined;
  const parts = new TokenReader(significantTokens(value)).readDottedName();
  const [schema, name] = parts ?? [];
  return schema === undefined || name === undefined ? undefined : relationKey(schema, name);
}
