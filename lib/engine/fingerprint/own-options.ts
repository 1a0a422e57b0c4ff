import { isKnownOption, type OptionHolder, optionName } from '../options/known-options.ts';
import { KNOWN_SERVER_OPTIONS, type ServerOptions } from '../options/server-options.ts';
import type { Facts, FingerprintEntry } from './fingerprint.ts';

/**
 * Relations with storage parameters. Options of a dictionary or server belong to its template or wrapper
 * instead.
 */
const HAVE_OPTIONS: ReadonlySet<string> = new Set(['table', 'view', 'materialized view', 'index']);

/** The facts that hold options, and the owner of these options. */
export function optionFacts({ kind }: Pick<FingerprintEntry, 'kind'>): OptionFacts {
  if (kind === 'column') return OF_COLUMN;
  return HAVE_OPTIONS.has(kind) ? OF_RELATION : NONE;
}

type OptionFacts = ReadonlyArray<readonly [fact: string, holder: OptionHolder]>;

const OF_COLUMN: OptionFacts = [['options', 'column']];
const OF_RELATION: OptionFacts = [
  ['options', 'relation'],
  ['toastOptions', 'relation'],
];
const NONE: OptionFacts = [];

/** The entry with the options that a user set, and without those that the server sets by itself. */
export function withoutServerOptions(
  entry: FingerprintEntry,
  options: ServerOptions = KNOWN_SERVER_OPTIONS,
): FingerprintEntry {
  let facts: Record<string, Facts[string]> | undefined;
  for (const [fact, holder] of optionFacts(entry)) {
    const all = entry.facts[fact];
    if (!Array.isArray(all)) continue;
    const own = all.filter((option) => !options[holder].has(optionName(option)));
    if (own.length === all.length) continue;
    facts ??= { ...entry.facts };
    if (own.length > 0) facts[fact] = own;
    else delete facts[fact];
  }
  return facts === undefined ? entry : { ...entry, facts };
}

/** PostgreSQL's own index access methods. Options of any other method count as set by users. */
const OWN_INDEX_METHODS: ReadonlySet<unknown> = new Set([undefined, 'hash', 'gist', 'gin', 'spgist', 'brin']);

/**
 * The names of the options that make a fact differ, if none of them is known to be set by users: a server may
 * set them by itself, or only a newer server may have them. They are not content. Undefined where something
 * else differs.
 */
export function unknownOptions(
  entry: FingerprintEntry,
  { fact, source, target }: Readonly<{ fact: string; source: unknown; target: unknown }>,
): string[] | undefined {
  const holder = optionFacts(entry).find(([name]) => name === fact)?.[1];
  const { accessMethod, method } = entry.facts;
  if (holder === undefined || accessMethod !== undefined || !OWN_INDEX_METHODS.has(method)) return undefined;
  const [here, there] = [new Set(listOf(source)), new Set(listOf(target))];
  const names = new Set([...here.symmetricDifference(there)].map(optionName));
  return [...names].some((name) => isKnownOption(holder, name)) ? undefined : [...names].sort();
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
