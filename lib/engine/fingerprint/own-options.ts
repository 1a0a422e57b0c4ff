import { isKnownOption, type OptionHolder, optionName } from '../options/known-options.ts';
import { KNOWN_SERVER_OPTIONS, type ServerOptions } from '../options/server-options.ts';
import type { Facts, FingerprintEntry } from './fingerprint.ts';

/** Relations with storage parameters; options of a dictionary or a server are their template's or wrapper's. */
const HAVE_OPTIONS: ReadonlySet<string> = new Set(['table', 'view', 'materialized view', 'index']);

/** The facts that hold options, and whose. */
export function optionFacts({
  kind,
}: Pick<FingerprintEntry, 'kind'>): ReadonlyArray<readonly [string, OptionHolder]> {
  if (kind === 'column') return [['options', 'column']];
  if (!HAVE_OPTIONS.has(kind)) return [];
  return [
    ['options', 'relation'],
    ['toastOptions', 'relation'],
  ];
}

/** The entry with its user's options alone, without those that the server keeps by itself. */
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

/** Of PostgreSQL's own; another one's options are its users'. */
const OWN_INDEX_METHODS: ReadonlySet<unknown> = new Set([undefined, 'hash', 'gist', 'gin', 'spgist', 'brin']);

/**
 * The names of the options by which a fact differs, where no user is known to set any of them: a server may keep them by
 * itself, or a newer one have them. They are no content. Undefined where something else differs.
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
