import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerMajor } from '../support/postgres-server.ts';

/** What a database sorts by. */
export const LOCALES = ['C', 'en_US', 'ICU'] as const;
export type LocaleName = (typeof LOCALES)[number];

/** The machine's own en_US.UTF-8 may be missing: it is made anew, and servers find it by LOCPATH. */
export interface LocaleFolder {
  /** Undefined where it could not be made. */
  readonly path: string | undefined;
  readonly whyNot: string | undefined;
  remove(): void;
}

export function makeLocaleFolder(): LocaleFolder {
  const path = mkdtempSync(join(tmpdir(), 'lifeboat-locales-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    // Servers run as another account where the tests run as root.
    chmodSync(path, 0o755);
    execFileSync('localedef', ['-i', 'en_US', '-f', 'UTF-8', join(path, 'en_US.UTF-8')], { stdio: 'pipe' });
    return { path, whyNot: undefined, remove };
  } catch (error) {
    remove();
    const whyNot = `localedef could not make en_US.UTF-8 here: ${(error as Error).message.split('\n')[0]}`;
    console.warn(`SKIPPED: databases in en_US.UTF-8: ${whyNot}`);
    return { path: undefined, whyNot, remove: () => {} };
  }
}

/** Why a server of this major has no database of that locale; undefined when it has. */
export function reasonToSkipLocale(
  locale: LocaleName,
  major: ServerMajor,
  folder: LocaleFolder,
): string | undefined {
  if (locale === 'en_US') return folder.whyNot;
  return locale === 'ICU' && major < 15 ? 'a database in ICU is a feature of PostgreSQL 15' : undefined;
}

/** Clauses of CREATE DATABASE. */
export function databaseClauses(locale: LocaleName, folder: LocaleFolder): string {
  const libc = locale === 'C' || folder.path === undefined ? 'C' : 'en_US.UTF-8';
  const icu = locale === 'ICU' ? " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" : '';
  return `TEMPLATE template0 ENCODING 'UTF8' LOCALE '${libc}'${icu}`;
}
