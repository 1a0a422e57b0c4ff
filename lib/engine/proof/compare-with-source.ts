import type { Manifest } from '../archive/manifest.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { readFingerprint } from '../fingerprint/read-fingerprint.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Target } from '../target/target.ts';
import { type CatalogComparison, compareCatalogs, explainingRoundTrips } from './compare-catalogs.ts';
import type { Excused } from './excused.ts';
import { roleSettingsToSkip } from './role-settings.ts';

export interface SourceComparison {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly target: Pick<Target, 'execute' | 'serverMajor'>;
  readonly signal: AbortSignal;
  /** The statements of pre-data.sql and post-data.sql, in order. */
  readonly statements: () => Iterable<string>;
  /** Objects that the report already names with the statement that could not create them. */
  readonly excused: Excused;
  /** Selects the part of a catalog to compare. @default all of it */
  readonly comparable?: (fingerprint: Fingerprint) => Fingerprint;
}

/** Compares the target's current catalog with the sealed catalog of the backup, object by object. */
export async function compareWithSource(
  comparison: SourceComparison,
): Promise<CatalogComparison & { readonly source: Fingerprint }> {
  const { store, manifest, target, signal, statements, excused } = comparison;
  const { comparable = (fingerprint) => fingerprint } = comparison;
  const ask = async (sql: string) => (await target.execute(sql)).rows;
  const sealed = await readArchivedFingerprint(store, manifest, signal);
  const found = await readFingerprint(ask, { like: sealed });
  const options = await explainingRoundTrips(sealed, found, {
    statements,
    plainRestored: () => readFingerprint(ask, { like: sealed, plainText: true }),
  });
  const [source, restored] = [comparable(sealed), comparable(found)];
  const skips = await roleSettingsToSkip(target, source, restored);
  return { ...compareCatalogs(source, restored, excused, { ...options, skips }), source: sealed };
}
