/** A part of a path into a JSON document: a key, the number of an element, or `*` for each. */
export interface JsonRule {
  readonly path: readonly string[];
  /** Null: the value becomes null. */
  readonly mask: (value: string) => string | null;
}

type Json = null | boolean | string | JsonNumber | Json[] | { [key: string]: Json };

/** A number with the digits that it was written with. */
class JsonNumber {
  readonly written: string;
  constructor(written: string) {
    this.written = written;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => Json;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Replaces the values at some paths of a document. What a path leads to is masked whole, an object or an array as well.
 * Numbers keep all their digits.
 */
export function maskJson(document: string, rules: readonly JsonRule[]): string {
  let value = parse(document, (_, found, { source }) =>
    typeof found === 'number' ? new JsonNumber(source ?? String(found)) : found,
  );
  for (const { path, mask } of rules) value = at(value, path, mask);
  return written(value);
}

function at(value: Json, [step, ...rest]: readonly string[], mask: JsonRule['mask']): Json {
  if (step === undefined) {
    if (value === null) return null;
    return mask(typeof value === 'string' ? value : written(value));
  }
  if (Array.isArray(value))
    return value.map((element, index) =>
      step === '*' || step === String(index) ? at(element, rest, mask) : element,
    );
  if (value === null || typeof value !== 'object' || value instanceof JsonNumber) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      step === '*' || step === key ? at(inner, rest, mask) : inner,
    ]),
  );
}

function written(value: Json): string {
  return JSON.stringify(value, (_, found: unknown) =>
    found instanceof JsonNumber ? rawJSON(found.written) : found,
  );
}
