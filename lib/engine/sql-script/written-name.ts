import { LifeboatError } from '../ground/errors.ts';
import { significantTokens, TokenReader } from './tokens.ts';

/** The parts of a name as SQL has it: `app."Name"`. Undefined for a text that is more, or less, than a name. */
export function partsOfName(text: string): string[] | undefined {
  try {
    const tokens = significantTokens(text);
    const reader = new TokenReader(tokens);
    const parts = reader.readDottedName();
    const isWhole = reader.peek() === undefined && tokens.at(-1)?.end === text.length;
    return isWhole && !text.endsWith('.') ? parts : undefined;
  } catch (error) {
    // A quoted name without its end.
    if (error instanceof LifeboatError) return undefined;
    throw error;
  }
}

/** The table that a name with SQL quotes means: `app."Name"`, `"app"."Name"`, `"Name"`. Undefined without quotes. */
export function quotedTable(
  written: string,
): { readonly schema: string | undefined; readonly name: string } | undefined {
  if (!written.includes('"')) return undefined;
  const [name, schema, ...more] = (partsOfName(written) ?? []).reverse();
  return name === undefined || more.length > 0 ? undefined : { schema, name };
}

/** Those that are called as written; if there are none, those that the name means in SQL. */
export function calledAs<T extends { readonly schema: string; readonly name: string }>(
  all: readonly T[],
  written: string,
  isCalled: (one: T, written: string) => boolean,
): T[] {
  const literally = all.filter((one) => isCalled(one, written));
  const quoted = quotedTable(written);
  if (literally.length > 0 || quoted === undefined) return literally;
  return all.filter(
    ({ schema, name }) => name === quoted.name && (quoted.schema === undefined || schema === quoted.schema),
  );
}

/** The schema of that name; if there is none, the one that the name means in SQL. */
export function schemaCalled(written: string, schemas: ReadonlySet<string>): string | undefined {
  if (schemas.has(written)) return written;
  const quoted = quotedTable(written);
  return quoted && quoted.schema === undefined && schemas.has(quoted.name) ? quoted.name : undefined;
}
