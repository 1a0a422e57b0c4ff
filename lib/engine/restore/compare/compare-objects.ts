import type { Fingerprint, FingerprintEntry } from '../../fingerprint/fingerprint.ts';
import type { CatalogComparison } from '../../proof/compare-catalogs.ts';
import { compareLargeObjects } from '../../proof/compare-large-objects.ts';
import { compareWithSource } from '../../proof/compare-with-source.ts';
import { Excused } from '../../proof/excused.ts';
import { pins } from '../../target/apply/pin-session.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { LEDGER_SCHEMA } from '../target/ledger.ts';

type CompareRun = Pick<RestoreRun, 'plan' | 'store' | 'sessions' | 'log'>;

/** What is compared of a whole restore besides rows and sequences: large objects, and the catalog, object by object. */
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

/** Of large objects a fingerprint has owners, grants and comments of a thousand in one digest. */
const DIGEST_OF_MANY = 'ownersGrantsAndComments';
const UNTOLD =
  'Owners, grants and comments of large objects were not compared: owners or grants were asked to be others.';

function changesRoles({ noOwner, noPrivileges, mapRoles }: RestoreScope): boolean {
  return noOwner === true || noPrivileges === true || mapRoles !== undefined;
}

/** Roles belong to the whole server, and a restore takes the ones that are there; the ledger goes when all is done. */
function isCompared({ kind, name, parent }: FingerprintEntry): boolean {
  const isLedger = [name, parent?.name ?? ''].some(
    (one) => one === LEDGER_SCHEMA || one.startsWith(`${LEDGER_SCHEMA}.`),
  );
  return kind !== 'role' && !isLedger;
}

/** What was asked not to be as in the source. */
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
