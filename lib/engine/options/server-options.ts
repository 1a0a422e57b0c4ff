import type { OptionHolder } from './known-options.ts';

/**
 * Options that a server keeps by itself: no user made them, no statement can set them, and they differ
 * between servers.
 */
export type ServerOptions = Readonly<Record<OptionHolder, ReadonlySet<string>>>;

/**
 * The server options known by name. Since the minor releases of November 2026 (15.20, 17.12) each column of a
 * table, a view or a composite type has `pg_attver=<number>`; the pg_dump of those releases leaves it out.
 */
export const KNOWN_SERVER_OPTIONS: ServerOptions = {
  column: new Set(['pg_attver']),
  relation: new Set(),
};

/** The options that are not known by name: a minor release after this version of Lifeboat added them. */
export function unexpectedOptions(options: ServerOptions): Array<{ holder: OptionHolder; name: string }> {
  return (['column', 'relation'] as const).flatMap((holder) =>
    [...options[holder].difference(KNOWN_SERVER_OPTIONS[holder])].map((name) => ({ holder, name })),
  );
}
