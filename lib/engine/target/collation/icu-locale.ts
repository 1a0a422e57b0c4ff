/** Keys of language tags (BCP 47, extension U) that change an order, and ICU's older keywords for them. */
const KEYWORDS: Readonly<Record<string, { keyword: string; values: Readonly<Record<string, string>> }>> = {
  ks: {
    keyword: 'colStrength',
    values: {
      level1: 'primary',
      level2: 'secondary',
      level3: 'tertiary',
      level4: 'quaternary',
      identic: 'identical',
    },
  },
  kn: { keyword: 'colNumeric', values: { '': 'yes', true: 'yes', false: 'no' } },
  kf: { keyword: 'colCaseFirst', values: { upper: 'upper', lower: 'lower', false: 'off' } },
  ka: { keyword: 'colAlternate', values: { shifted: 'shifted', noignore: 'non-ignorable' } },
  kb: { keyword: 'colBackwards', values: { '': 'yes', true: 'yes', false: 'no' } },
  kc: { keyword: 'colCaseLevel', values: { '': 'yes', true: 'yes', false: 'no' } },
  kk: { keyword: 'colNormalization', values: { '': 'yes', true: 'yes', false: 'no' } },
};

const ROOT = 'und';

/**
 * Converts an ICU locale for the embedded target, which has the root's data only, and accepts only the older
 * form of keywords. `de-u-ks-level2` becomes `@colStrength=secondary`: the keys keep their effect, and the
 * language loses it.
 */
export function icuLocaleForRoot(locale: string): string {
  const at = locale.indexOf('@');
  if (at >= 0) return locale.slice(at);
  const keywords = unicodeKeys(locale.toLowerCase().split(/[-_]/)).flatMap(([key, value]) => {
    const known = KEYWORDS[key];
    const meaning = known?.values[value];
    return known && meaning !== undefined ? [`${known.keyword}=${meaning}`] : [];
  });
  return keywords.length === 0 ? ROOT : `@${keywords.join(';')}`;
}

/** The keys after `-u-`, each with its values joined. They end where another extension begins. */
function unicodeKeys(subtags: readonly string[]): Array<[key: string, value: string]> {
  const keys: Array<[key: string, value: string]> = [];
  const begin = subtags.indexOf('u');
  for (const subtag of begin < 0 ? [] : subtags.slice(begin + 1)) {
    if (subtag.length === 1) break;
    const last = keys.at(-1);
    if (subtag.length === 2) keys.push([subtag, '']);
    else if (last) last[1] = last[1] === '' ? subtag : `${last[1]}-${subtag}`;
  }
  return keys;
}
