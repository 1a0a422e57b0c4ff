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
 * Replaces the values at some paths of a document. What a path leads to is masked whole, an object or an array as well. Documents
 * of one column may have several shapes: a path that meets a text or a number before its end masks that, and a name that meets an
 * array means each of its elements. Numbers keep all their digits. `onMasked` is told of each value that was changed.
 */
export function maskJson(
  document: string,
  rules: readonly JsonRule[],
  onMasked: (original: string) => void = () => {},
): string {
  let value = parse(document, (_, found, { source }) =>
    typeof found === 'number' ? new JsonNumber(source ?? String(found)) : found,
  );
  for (const { path, mask } of rules) {
    const told = (original: string) => {
      const made = mask(original);
      if (made !== original) onMasked(original);
      return made;
    };
    value = at(value, path, told);
  }
  return written(value);
}

const INDEX = /^\d+$/;

function at(value: Json, path: readonly string[], mask: JsonRule['mask']): Json {
  const [step, ...rest] = path;
  if (value === null) return null;
  const isPlain = typeof value === 'string' || value instanceof JsonNumber;
  if (step === undefined || isPlain) return mask(typeof value === 'string' ? value : written(value));
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    if (step !== '*' && !INDEX.test(step)) return value.map((element) => at(element, path, mask));
    return value.map((element, index) =>
      step === '*' || step === String(index) ? at(element, rest, mask) : element,
    );
  }
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
