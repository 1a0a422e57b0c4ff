import type { Chunk, Manifest, ObjectPurpose, TableData } from '../archive/manifest.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { totalsOf } from '../archive/totals.ts';
import { type ContentDigest, EMPTY_DIGEST, sumDigests } from '../copy-text/row-digest.ts';
import { wrongEncryption } from './check-encryption.ts';
import { wrongSharing } from './check-sharing.ts';

/** A contradiction within a manifest. */
export interface Inconsistency {
  /** A table's name, an object's key, `large objects`, or `manifest.json` for the whole manifest. */
  readonly name: string;
  readonly problem: string;
}

/** Purposes of which every backup has exactly one object. */
const ALWAYS_THERE: readonly ObjectPurpose[] = [
  'roles',
  'database',
  'pre-data',
  'post-data',
  'sequences',
  'fingerprint',
  'recovery-guide',
  'restore-script',
];

export const LARGE_OBJECTS = 'large objects';
/** The name of the item for the schema's scripts, which are compared with the fingerprint. */
export const SCHEMA = 'schema';
export const WHOLE_MANIFEST = 'manifest.json';

/** Checks a manifest against itself, without reading other objects. Empty: it is consistent. */
export function inconsistencies(manifest: Manifest): Inconsistency[] {
  return [
    ...wrongKeys(manifest),
    ...wrongObjects(manifest),
    ...wrongEncryption(manifest),
    ...wrongSharing(manifest),
    ...repeated(manifest.tables.map(tableName)).map((name) => ({ name, problem: 'is listed twice' })),
    ...manifest.tables.flatMap((table) =>
      wrongTable(table, manifest.scope).map((problem) => ({ name: tableName(table), problem })),
    ),
    ...wrongLargeObjects(manifest).map((problem) => ({ name: LARGE_OBJECTS, problem })),
    ...repeated(manifest.sequences.map(tableName)).map((name) => ({
      name,
      problem: 'is a sequence listed twice',
    })),
    ...wrongTotals(manifest).map((problem) => ({ name: WHOLE_MANIFEST, problem })),
  ];
}

/** `schema.name`, for people. It may be ambiguous if names have dots in them. */
export function tableName({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`;
}

/** The rest of what a key can be is refused by the reading of a manifest. */
function wrongKeys(manifest: Manifest): Inconsistency[] {
  const keys = storedObjects(manifest).map(({ key }) => key);
  return repeated(keys).map((name) => ({ name, problem: 'is listed twice in the manifest' }));
}

function wrongObjects({ objects, largeObjects }: Manifest): Inconsistency[] {
  const purposes = objects.map(({ purpose }) => purpose);
  const needed: ObjectPurpose[] =
    largeObjects.count > 0 ? [...ALWAYS_THERE, 'large-object-metadata'] : [...ALWAYS_THERE];
  return [
    ...needed
      .filter((purpose) => !purposes.includes(purpose))
      .map((purpose) => ({ name: WHOLE_MANIFEST, problem: `does not name a ${purpose} object` })),
    ...repeated(purposes).map((purpose) => ({
      name: WHOLE_MANIFEST,
      problem: `names more than one ${purpose} object`,
    })),
  ];
}

function wrongTable(table: TableData, scope: Manifest['scope']): string[] {
  const problems = repeated([...table.columns, ...table.generatedColumns]).map(
    (column) => `lists column ${JSON.stringify(column)} twice`,
  );
  if (table.dataLeftOut !== undefined) {
    return table.chunks.length === 0 ? problems : [...problems, 'has chunks, though its rows were left out'];
  }
  if (scope === 'schema-only') return [...problems, 'has rows, though the backup holds the schema only'];
  return [...problems, ...wrongPages(table.chunks), ...wrongSum('table', table, table.chunks)];
}

/** One chunk for the whole table (none if it is empty), or page ranges that cover every page once. */
function wrongPages(chunks: readonly Chunk[]): string[] {
  const ranges = chunks.flatMap(({ pages }) => pages ?? []).sort((a, b) => a.from - b.from);
  if (ranges.length === 0) {
    return chunks.length <= 1 ? [] : [`has ${chunks.length} chunks of the whole table`];
  }
  if (ranges.length < chunks.length) return ['mixes page ranges with a chunk of the whole table'];
  const problems: string[] = [];
  let next: number | null = 0;
  for (const { from, to } of ranges) {
    if (next === null) problems.push(`has the pages from ${from} on in two chunks`);
    else if (from > next) problems.push(`lacks pages ${next} to ${from - 1}`);
    else if (from < next) problems.push(`has pages ${from} to ${next - 1} in two chunks`);
    if (to !== null && to <= from) problems.push(`has an empty page range, ${from} to ${to}`);
    next = to;
  }
  return next === null ? problems : [...problems, `lacks the pages from ${next} on`];
}

function wrongLargeObjects({ largeObjects, scope }: Manifest): string[] {
  const problems = wrongSum('whole', largeObjects, largeObjects.chunks);
  if (scope === 'schema-only' && largeObjects.chunks.length > 0) {
    problems.push('have chunks, though the backup holds the schema only');
  }
  if (largeObjects.count === 0 && largeObjects.rows > 0) problems.push('have rows, though there are none');
  return problems;
}

function wrongSum(what: string, whole: ContentDigest, chunks: readonly Chunk[]): string[] {
  const sum = chunks.length === 0 ? EMPTY_DIGEST : sumDigests(chunks);
  const fields = [
    ['rows', 'rows'],
    ['rawBytes', 'raw bytes'],
    ['digest', 'digest'],
  ] as const;
  return fields
    .filter(([field]) => sum[field] !== whole[field])
    .map(([field, words]) => `has ${words} ${whole[field]} for the ${what}, but ${sum[field]} in its chunks`);
}

function wrongTotals(manifest: Manifest): string[] {
  const sums = totalsOf(manifest);
  const problems = (['rows', 'rawBytes', 'storedBytes'] as const)
    .filter((field) => sums[field] !== manifest.totals[field])
    .map((field) => `has total ${field} ${manifest.totals[field]}, but its parts add up to ${sums[field]}`);
  if (Date.parse(manifest.sealedAt) < Date.parse(manifest.startedAt)) problems.push('ends before it starts');
  return problems;
}

function repeated<Value>(values: readonly Value[]): Value[] {
  const seen = new Set<Value>();
  const twice = new Set<Value>();
  for (const value of values) (seen.has(value) ? twice : seen).add(value);
  return [...twice];
}
