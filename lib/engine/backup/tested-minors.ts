/**
 * The newest minor release of each major with which this version was tested: backups, drills and restores of
 * every kind of object. `npm run test:newest` tells when Debian has a newer one; docs/fidelity.md has the
 * same table.
 */
export const TESTED_MINORS: Readonly<Record<number, number>> = {
  13: 23,
  14: 23,
  15: 20,
  17: 12,
  18: 6,
  19: 0,
};

/** A release candidate has the number of the release that follows it. */
const BY_ANOTHER_NAME: Readonly<Record<string, string>> = { '19.0': '19rc1' };

/** How a server's version, `server_version_num`, compares with the tested ones. */
export type VersionStanding =
  | { readonly kind: 'tested'; readonly newest: string }
  | { readonly kind: 'newer-minor'; readonly newest: string }
  | { readonly kind: 'untested-major'; readonly majors: readonly number[] };

export function standingOf(versionNumber: number): VersionStanding {
  const major = Math.floor(versionNumber / 10_000);
  const minor = TESTED_MINORS[major];
  if (minor === undefined) return { kind: 'untested-major', majors: Object.keys(TESTED_MINORS).map(Number) };
  const newest = BY_ANOTHER_NAME[`${major}.${minor}`] ?? `${major}.${minor}`;
  return { kind: versionNumber % 10_000 > minor ? 'newer-minor' : 'tested', newest };
}
