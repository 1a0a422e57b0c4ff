import * as v from 'valibot';
import { LifeboatError } from '../../ground/errors.ts';
import { firstFault } from '../../ground/shapes.ts';
import { FAKE_KINDS } from './fake-kinds.ts';

const text = v.string();

/** One rule for the values of a column. NULL stays NULL, whatever the rule. */
const simpleRule = v.union([
  v.picklist(['keep', 'null', 'hash']),
  v.strictObject({ fixed: v.union([text, v.number(), v.boolean()]) }),
  v.strictObject({ fake: v.picklist(FAKE_KINDS) }),
  v.strictObject({
    partial: v.picklist(['domain', 'first', 'last4', 'year', 'network']),
  }),
]);
const rule = v.union([
  simpleRule,
  /** Paths into a JSON document, `address.street` or `orders.*.email`, each with a rule. */
  v.strictObject({ json: v.record(v.pipe(text, v.nonEmpty()), simpleRule) }),
]);

const masksFile = v.strictObject({
  version: v.literal(1),
  /** `host/database`, or a database alone: the only targets that these masks are for. */
  targets: v.optional(v.pipe(v.array(v.pipe(text, v.nonEmpty())), v.nonEmpty())),
  /** What happens to a column that nobody decided about. */
  default: v.optional(v.literal('refuse')),
  /** `keep` copies large objects as they are. @default exclude */
  largeObjects: v.optional(v.picklist(['keep', 'exclude'])),
  /** By `schema.table`: a rule for each column, or `exclude` for a table without its rows. */
  tables: v.record(text, v.union([v.literal('exclude'), v.record(text, rule)])),
  /** Columns that may hold values of masked columns: `schema.table.column`. */
  mayHold: v.optional(v.array(text)),
});

export type Masks = v.InferOutput<typeof masksFile>;
export type SimpleRule = v.InferOutput<typeof simpleRule>;
export type Rule = v.InferOutput<typeof rule>;

/** Reads a masks file. Throws `masks-invalid`, which names the first wrong place. */
export function parseMasks(json: string): Masks {
  const invalid = (problem: string) =>
    new LifeboatError({
      code: 'masks-invalid',
      kind: 'usage',
      what: `The masks file ${problem}.`,
      meaning: 'Nothing was changed.',
      remedy: 'docs/staging.md describes the file. `lifeboat refresh --propose-masks` writes a first one.',
    });
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid('is no JSON');
  }
  const parsed = v.safeParse(masksFile, value);
  if (parsed.success) return parsed.output;
  throw invalid(`has a wrong part, ${firstFault(parsed.issues)}`);
}
