import type { Manifest } from '../../archive/manifest.ts';

/** The default collation of a database, from the locale in the manifest. */
export type DatabaseLocale = Pick<Manifest['server'], 'localeProvider' | 'collate' | 'locale'>;

export interface DefaultOrder {
  /** Arguments for the embedded target's initdb. */
  readonly initdbArguments: readonly string[];
  /** Whether text on the target sorts exactly as at the source. */
  readonly isExact: boolean;
}

/** Locales that sort by the bytes of UTF-8, which is by code point. */
const BY_CODE_POINT = /^(?:C|POSIX|C\.UTF-?8)$/i;

/**
 * The order of the embedded target that is closest to the source's. It is the same order if the source sorts
 * by code point, and otherwise ICU's root order (CLDR's, without the rules of any language).
 */
export function defaultOrder({ localeProvider, collate, locale }: DatabaseLocale): DefaultOrder {
  if (localeProvider === 'builtin' && locale !== null) {
    return { initdbArguments: ['--locale-provider=builtin', `--builtin-locale=${locale}`], isExact: true };
  }
  if (localeProvider === 'libc' && sortsByCodePoint(collate ?? ''))
    return { initdbArguments: [], isExact: true };
  return { initdbArguments: ['--locale-provider=icu', '--icu-locale=und'], isExact: false };
}

/** Whether this libc locale sorts by code point. */
export function sortsByCodePoint(libcLocale: string): boolean {
  return BY_CODE_POINT.test(libcLocale);
}
