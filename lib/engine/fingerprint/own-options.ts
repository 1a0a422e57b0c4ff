import { type OptionHolder, optionName } from '../options/known-options.ts';
import { KNOWN_SERVER_OPTIONS, type ServerOptions } from '../options/server-options.ts';
import type { Facts, FingerprintEntry } from './fingerprint.ts';

/** The facts that hold options, and whose. */
export function optionFacts({
  kind,
}: Pick<FingerprintEntry, 'kind'>): ReadonlyArray<readonly [string, OptionHolder]> {
  return kind === 'column'
    ? [['options', 'column']]
    : kind === 'server' || kind === 'foreign data wrapper'
      ? []
      : [
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
