import type { Manifest } from '../../archive/manifest.ts';

/** How a database sorts where nothing else is said: what the manifest tells of its locale. */
export type DatabaseLocale = Pick<Manifest['server'], 'localeProvider' | 'collate' | 'locale'>;

export interface DefaultOrder {
  /** Arguments for the embedded target's initdb. */
  readonly initdbArguments: readonly string[];
  /** Whether text sorts there exactly as it does at the source. */
  readonly isExact: boolean;
}

/** Locales that sort by the bytes of UTF-8, which is by code point. */
const BY_CODE_POINT = /^(?:C|POSIX|C\.UTF-?8)$/i;

/**
 * The order that the embedded target can offer which is nearest to a source's: the same where that is by code point,
 * ICU's root order (CLDR's, without the rules of any language) for everything else.
 */
export function defaultOrder({ localeProvider, collate, locale }: DatabaseLocale): DefaultOrder {
  if (localeProvider === 'builtin' && locale !== null) {
    return { initdbArguments: ['--locale-provider=builtin', `--builtin-locale=${locale}`], isExact: true };
  }
  if (localeProvider === 'libc' && sortsByCodePoint(collate ?? ''))
    return { initdbArguments: [], isExact: true };
  return { initdbArguments: ['--locale-provider=icu', '--icu-locale=und'], isExact: false };
}

/** Whether this libc locale does. */
export function sortsByCodePoint(libcLocale: string): boolean {
  return BY_CODE_POINT.test(libcLocale);
}
