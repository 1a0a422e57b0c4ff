import { readArchivedFingerprint } from '../../fingerprint/read-archived-fingerprint.ts';
import { readFingerprint } from '../../fingerprint/read-fingerprint.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { scopeOf } from '../archived/restore-scope.ts';
import type { PlanRequest } from '../plan/make-plan.ts';
import type { PlannedCopy } from '../plan/planned-copy.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { askedCopy } from './asked-copy.ts';
import { type NamesThere, namesThere } from './names-there.ts';
import { schemaCopy } from './schema-copy.ts';
import { tableCopy } from './table-copy.ts';

const NOTHING: NamesThere = { schemas: new Set(), all: new Set(), taken: new Set() };

/**
 * Decides which names a copy gets, and what of the target it uses: `--as-schema`, `--as-suffix`. Undefined if nothing is
 * restored under another name. Changes nothing.
 */
export async function planCopy(
  session: ServerTarget,
  store: ObjectStore,
  backup: BackupToRestore,
  target: TargetFacts,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<PlannedCopy | undefined> {
  const asked = scopeOf(request);
  // A restore that goes on keeps the scope with which it began.
  const scope = request.resume ? (target.unfinished?.scope ?? asked) : asked;
  const copy = askedCopy(scope);
  if (copy === undefined) return undefined;
  const isUnmade = request.createDatabase === true;
  const names = isUnmade ? NOTHING : await namesThere(session);
  if (copy.kind === 'schema') return schemaCopy(backup, scope, copy, names, target);
  const archived = await readArchivedFingerprint(store, backup.manifest, signal);
  const ask = async (sql: string) => (await session.execute(sql)).rows;
  const there = isUnmade ? undefined : await readFingerprint(ask, { like: archived });
  return tableCopy(backup, scope, copy, { names, catalogs: { archived, there }, target });
}
