import { decodeString } from '../../sql-script/names.ts';
import { significantTokens } from '../../sql-script/tokens.ts';
import { castTo } from './rename-statement.ts';

/** Statements whose strings only describe. */
const DESCRIBES = /^(?:COMMENT|SECURITY)\b/;

/**
 * Whether a text in a statement names a schema, as `app.orders`: the body of a routine in quotes, or a string. Nobody can
 * know what it means when it is used, so it is never changed.
 */
export function textNames(statement: string, schemas: readonly string[]): boolean {
  if (DESCRIBES.test(statement)) return false;
  const patterns = schemas.map(mention);
  const tokens = significantTokens(statement);
  return tokens.some((token, at) => {
    if (token.kind !== 'string' || castTo(tokens, at) !== undefined) return false;
    const text = contentOf(token.text);
    return patterns.some((pattern) => pattern.test(text));
  });
}

function contentOf(text: string): string {
  if (!text.startsWith('$')) return decodeString(text);
  const tag = text.indexOf('$', 1) + 1;
  return text.slice(tag, -tag);
}

/** `app.` or `"app".`, not as the end of another name. */
function mention(schema: string): RegExp {
  const quoted = `"${escaped(schema.replaceAll('"', '""'))}"`;
  const plain = /^[a-z_\u0080-\uffff][a-z0-9_$\u0080-\uffff]*$/.test(schema)
    ? `|(?<![\\w$".\\u0080-\\uffff])${escaped(schema)}`
    : '';
  return new RegExp(`(?:(?<!")${quoted}${plain})\\s*\\.`, 'i');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
