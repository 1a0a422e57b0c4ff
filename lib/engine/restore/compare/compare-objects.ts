import { LEDGER_SCHEMA } from '../../catalog/own-schemas.ts';
import type { Fingerprint, FingerprintEntry } from '../../fingerprint/fingerprint.ts';
import type { CatalogComparison } from '../../proof/compare-catalogs.ts';
import { compareLargeObjects } from '../../proof/compare-large-objects.ts';
import { compareWithSource } from '../../proof/compare-with-source.ts';
import { Excused } from '../../proof/excused.ts';
import { pins } from '../../target/apply/pin-session.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { compareCopy } from './compare-copy.ts';
import { changesRoles, DIGEST_OF_MANY, withoutFacts } from './without-facts.ts';

type CompareRun = Pick<RestoreRun, 'plan' | 'store' | 'sessions' | 'log' | 'rewriting'>;

/**
 * Compares large objects and the catalog, object by object, after a whole restore. Rows and sequences
 * are compared elsewhere.
 */
export async function compareObjects(run: CompareRun): Promise<CatalogComparison> {
  const { plan, store, sessions, log } = run;
  if (plan.copy) return await compareCopy(run, plan.copy);
  if (!plan.isWhole) return { items: [], counts: [], notes: [] };
  await sessions.main.executeAll(pins());
  const largeObjects = await compareLargeObjects(sessions.main, plan.backup.manifest);
  // A rewriting that leaves them out says so in its manifest; the archived catalog still has their owners.
  const leavesLargeObjects = run.rewriting !== undefined && plan.backup.manifest.largeObjects.count === 0;
  const isThere = ({ kind }: FingerprintEntry) => !(leavesLargeObjects && kind === 'large objects');
  const comparable = (fingerprint: Fingerprint) => ({
    ...fingerprint,
    entries: fingerprint.entries
      .filter((entry) => isCompared(entry) && isThere(entry))
      .map((entry) => withoutFacts(entry, plan.scope)),
  });
  const { source, ...catalog } = await compareWithSource({
    store,
    manifest: plan.backup.manifest,
    target: sessions.main,
    signal: sessions.signal,
    statements: () => plan.backup.schema.entries.flatMap(({ statements }) => statements),
    excused: new Excused(log.statements.lost()),
    comparable,
  });
  const untold = source.entries.some((entry) => DIGEST_OF_MANY in entry.facts && changesRoles(plan.scope));
  const notes = untold ? [...catalog.notes, UNTOLD] : catalog.notes;
  return { ...catalog, items: [...largeObjects, ...catalog.items], notes };
}

const UNTOLD =
  'Owners, grants and comments of large objects were not compared, because an option changed owners or grants.';

/**
 * Roles are not compared: they belong to the server, and a restore uses existing ones. The ledger will be
 * dropped.
 */
function isCompared({ kind, name, parent }: FingerprintEntry): boolean {
  const isLedger = [name, parent?.name ?? ''].some(
    (one) => one === LEDGER_SCHEMA || one.startsWith(`${LEDGER_SCHEMA}.`),
  );
  return kind !== 'role' && !isLedger;
}
