import { LEDGER_SCHEMA } from '../../catalog/own-schemas.ts';
import type { Fingerprint, FingerprintEntry } from '../../fingerprint/fingerprint.ts';
import type { CatalogComparison } from '../../proof/compare-catalogs.ts';
import { compareLargeObjects } from '../../proof/compare-large-objects.ts';
import { compareWithSource } from '../../proof/compare-with-source.ts';
import { Excused } from '../../proof/excused.ts';
import { pins } from '../../target/apply/pin-session.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';

type CompareRun = Pick<RestoreRun, 'plan' | 'store' | 'sessions' | 'log'>;

/**
 * Compares large objects and the catalog, object by object, after a whole restore. Rows and sequences
 * are compared elsewhere.
 */
export async function compareObjects(run: CompareRun): Promise<CatalogComparison> {
  const { plan, store, sessions, log } = run;
  if (!plan.isWhole) return { items: [], counts: [], notes: [] };
  await sessions.main.executeAll(pins());
  const largeObjects = await compareLargeObjects(sessions.main, plan.backup.manifest);
  const comparable = (fingerprint: Fingerprint) => ({
    ...fingerprint,
    entries: fingerprint.entries.filter(isCompared).map((entry) => withoutFacts(entry, plan.scope)),
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

/** A fingerprint has one digest of the owners, grants and comments of a thousand large objects. */
const DIGEST_OF_MANY = 'ownersGrantsAndComments';
const UNTOLD =
  'Owners, grants and comments of large objects were not compared, because an option changed owners or grants.';

function changesRoles({ noOwner, noPrivileges, mapRoles }: RestoreScope): boolean {
  return noOwner === true || noPrivileges === true || mapRoles !== undefined;
}

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

/** The entry without the facts that an option changed on purpose. */
function withoutFacts(entry: FingerprintEntry, scope: RestoreScope): FingerprintEntry {
  const dropped = new Set([
    ...(scope.noOwner || scope.mapRoles ? ['owner', 'grants'] : []),
    ...(scope.noPrivileges || scope.mapRoles ? ['grants'] : []),
    ...(scope.mapRoles ? ['roles', 'role', 'user'] : []),
    ...(changesRoles(scope) ? [DIGEST_OF_MANY] : []),
  ]);
  if (dropped.size === 0) return entry;
  const facts = Object.fromEntries(Object.entries(entry.facts).filter(([fact]) => !dropped.has(fact)));
  return { ...entry, facts };
}
