import type { FingerprintItem } from '../../../lib/engine/fingerprint/compare-fingerprints.ts';

/** What a comparison found, one line an item: `verdict layer kind name: facts`. Another version of an extension does not count. */
export function differences(items: readonly FingerprintItem[]): string[] {
  return items
    .filter(({ verdict, kind, layer }) => verdict !== 'match' && !(kind === 'extension' && layer === 'note'))
    .map(({ verdict, layer, kind, name, differences: found }) => {
      const facts = found?.map(({ fact }) => fact).join(', ');
      return `${verdict} ${layer} ${kind} ${name}${facts ? `: ${facts}` : ''}`;
    });
}
