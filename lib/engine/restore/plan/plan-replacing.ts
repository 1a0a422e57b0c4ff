import { withSqlState } from '../../connection/server-words.ts';
import type { Fingerprint } from '../../fingerprint/fingerprint.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName } from '../archived/relation-key.ts';
import { scopeOf } from '../archived/restore-scope.ts';
import { goingWith } from '../target/going-with.ts';
import { IS_RUNNING, restoreRunning } from '../target/lock-database.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { readParts } from '../target/parts-there.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { makePlan, type PlanRequest } from './make-plan.ts';
import { newerParts } from './newer-parts.ts';
import { renameNotes } from './perhaps-renamed.ts';
import type { PlannedCopy } from './planned-copy.ts';
import { refusal } from './refusals.ts';
import { notReplaceable } from './refuse-losses.ts';
import { refuseTakenNames } from './refuse-taken-names.ts';
import { refuseUnsavable } from './refuse-unsavable.ts';
import type { RestorePlan } from './restore-plan.ts';

/**
 * Plans, and asks the catalog what goes with what is replaced, what of that is newer than the backup, and whether what
 * is emptied can be. So a dry run, and the plan that a person agrees to, refuse what the restore would refuse. Changes
 * and locks nothing. `fingerprint` reads that of the backup, if something is replaced.
 */
export async function planReplacing(
  session: ServerTarget,
  backup: BackupToRestore,
  target: TargetFacts,
  asked: PlanRequest,
  fingerprint: () => Promise<Fingerprint>,
  copy?: PlannedCopy,
): Promise<RestorePlan> {
  const request = continued(asked, backup, target);
  const draft = makePlan(backup, target, request, copy);
  if (!request.createDatabase) await refuseRunning(session, draft);
  if (request.createDatabase) return draft;
  if (copy && !request.resume) refuseReplacingCopy(draft);
  const plan = draft.replaces.length === 0 ? draft : await withNewer(session, draft, request, fingerprint);
  await refuseUnemptiable(session, plan);
  await refuseTakenNames(session, plan);
  await refuseUnsavable(session, plan, request.settings);
  return { ...plan, notes: [...plan.notes, ...(await renameNotes(session, plan))] };
}

/** The plan with what goes with the replaced relations, and what of them is newer than the backup. */
async function withNewer(
  session: ServerTarget,
  { backup, target, replaces }: RestorePlan,
  request: PlanRequest,
  fingerprint: () => Promise<Fingerprint>,
): Promise<RestorePlan> {
  const going = await goingWith(
    session,
    replaces.map(({ key }) => key),
  );
  const whole = makePlan(backup, { ...target, going }, request);
  const undone = { relations: whole.replaces.map(({ key }) => key), going };
  const seen = await readParts(session, undone);
  const newer = { seen, parts: newerParts(await fingerprint(), seen, undone, whole.scope) };
  return makePlan(backup, { ...target, going, newer }, request);
}

/** A copy takes the place of nothing. */
function refuseReplacingCopy({ replaces }: RestorePlan): void {
  if (replaces.length === 0) return;
  throw refusal(
    'restore-copy-unclear',
    `Under other names, this would replace what exists: ${listed(replaces.map(({ key }) => plainName(key)))}.`,
    'Restore into a database of its own: `lifeboat restore --create-database`, with another database in the URL.',
    { meaning: 'Nothing was changed.' },
  );
}

async function refuseRunning(session: ServerTarget, { target }: RestorePlan): Promise<void> {
  const { rows } = await session.execute(IS_RUNNING);
  if (rows[0]?.running === 't') throw restoreRunning(target.display);
}

/** The same command again, after a restore that only waited for its locks, goes on with that restore. */
function continued(
  request: PlanRequest,
  { name, manifestSha256 }: BackupToRestore,
  { unfinished }: TargetFacts,
): PlanRequest {
  const isTheSame =
    unfinished?.state === 'loaded' &&
    unfinished.backup === name &&
    unfinished.manifestSha256 === manifestSha256 &&
    JSON.stringify(unfinished.scope) === JSON.stringify(scopeOf(request)) &&
    (request.intoExisting || request.intoSource);
  return isTheSame ? { ...request, resume: true } : request;
}

/** TRUNCATE needs a right of its own, and is refused while another table refers to one of these. */
async function refuseUnemptiable(session: ServerTarget, plan: RestorePlan): Promise<void> {
  const whole = plan.empties.filter(({ condition }) => !condition);
  if (whole.length === 0 || plan.resumes) return;
  const keys = whole.map(({ key }) => key);
  try {
    const holding = keys.map((key) => `EXISTS (SELECT FROM ONLY ${key})`).join(' OR ');
    const { rows: held } = await session.execute(`SELECT ${holding} AS holds`);
    if (held[0]?.holds !== 't') return;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw notReplaceable(plan, withSqlState(error.message, error.sqlState));
  }
  const refused = whole.filter(({ mayEmpty }) => !mayEmpty).map(({ key }) => plainName(key));
  if (refused.length > 0) {
    throw notReplaceable(plan, `the role ${plan.target.role.name} may not TRUNCATE ${listed(refused)}`);
  }
  const oidsOf = (names: readonly string[]) =>
    `ARRAY[${names.map((key) => `pg_catalog.to_regclass(${quoteLiteral(key)})`).join(', ')}]::pg_catalog.oid[]`;
  const oids = oidsOf(keys);
  // What is replaced is gone by then, and its foreign keys with it.
  const gone = oidsOf([...keys, ...plan.replaces.map(({ key }) => key)]);
  const { rows } = await session.execute(`
    SELECT k.conname || ' on ' || n.nspname || '.' || c.relname AS name
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY (${oids}) AND k.conrelid <> ALL (${gone}) ORDER BY 1`);
  if (rows.length === 0) return;
  throw notReplaceable(
    plan,
    `foreign keys of other tables refer to them: ${listed(rows.map(({ name }) => String(name)))}`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
