import { withSqlState } from '../connection/server-words.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { LifeboatError } from '../ground/errors.ts';
import { columnFacts } from '../masking/column-facts.ts';
import { type DecidedTable, type Decisions, decideMasks, nameOfTable } from '../masking/decide-masks.ts';
import { staysDifferent } from '../masking/rules/fake-kinds.ts';
import { loadFakes } from '../masking/rules/fakes.ts';
import type { Masks, Rule } from '../masking/rules/masks-file.ts';
import { type BackupToRestore, readBackup } from '../restore/archived/read-backup.ts';
import { refuseUnproven } from '../restore/plan/refusals.ts';
import { restore } from '../restore/restore.ts';
import { atDatabase } from '../target/server/at-database.ts';
import { openServerTarget, type ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { carryOver } from './carry-over.ts';
import {
  dropDatabase,
  dropLeftover,
  exchangeNames,
  isThere,
  limitAs,
  MARKED_AT_BIRTH,
  markAsOurs,
  nameBeside,
  openBeside,
  refuseWithoutCreate,
} from './databases.ts';
import { Masking } from './masking.ts';
import type { RefreshPlan, RefreshReport, RefreshRequest } from './refresh-request.ts';
import { refuseAddress, refuseSource } from './refuse-target.ts';
import { type Finding, scanTarget } from './scan-target.ts';

const SHORTEST_KEY = 16;

/**
 * Refreshes staging from a backup, with masked columns: decide → confirm → restore beside, through the masks → compare what is
 * not masked → look for originals → grants → SQL of the user's → exchange. Until the exchange, staging is as it was.
 */
export async function refresh(request: RefreshRequest): Promise<RefreshReport> {
  const startedAt = performance.now();
  const { settings, source, masks, signal } = request;
  refuseAddress(settings, source, masks);
  const { backup, decisions } = await decide(request);
  const masking = new Masking(decisions, backup.manifest.server.encoding);
  const beside = await openBeside(settings, signal);
  try {
    const exists = await isThere(beside, settings.database);
    if (exists) await refuseIfSource(request, backup);
    const plan = planOf(request, backup, decisions, exists);
    if (request.intoExisting && !exists) throw nothingThere(request);
    if (!request.intoExisting) await refuseWithoutCreate(beside, settings.display);
    await request.confirm?.(plan);
    const done = request.intoExisting
      ? await refreshInPlace(request, masking, decisions)
      : await refreshBeside(request, beside, masking, decisions, exists);
    return {
      ...done,
      backup: backup.name,
      database: settings.database,
      display: settings.display,
      plan,
      durationMs: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await beside.close();
  }
}

/** What {@link refresh} would do with the same request. Changes nothing. */
export async function planRefresh(request: RefreshRequest): Promise<RefreshPlan> {
  const { settings, source, masks, signal } = request;
  refuseAddress(settings, source, masks);
  const { backup, decisions } = await decide(request);
  const beside = await openBeside(settings, signal);
  try {
    const exists = await isThere(beside, settings.database);
    if (exists) await refuseIfSource(request, backup);
    return planOf(request, backup, decisions, exists);
  } finally {
    await beside.close();
  }
}

async function decide({ store, place, masks, key, unproven, signal }: RefreshRequest) {
  const backup = await readBackup(store, place, signal);
  refuseUnproven(backup, { unproven });
  const facts = columnFacts(await readArchivedFingerprint(store, backup.manifest, signal));
  const rules = rulesIn(masks);
  const needsKey = rules.some(
    (rule) => rule === 'hash' || (typeof rule === 'object' && ('fake' in rule || 'partial' in rule)),
  );
  if (needsKey && (key === undefined || key.length < SHORTEST_KEY)) throw noKey(key);
  const makesUp = rules.some((rule) => typeof rule === 'object' && 'fake' in rule);
  const tools = { key: key ?? '', makeUp: makesUp ? await loadFakes() : undefined };
  return { backup, decisions: decideMasks(backup.manifest, facts, masks, tools) };
}

/** Every rule of a file, those within JSON documents, too. */
function rulesIn({ tables }: Masks): Rule[] {
  return Object.values(tables).flatMap((rules) =>
    rules === 'exclude'
      ? []
      : Object.values(rules).flatMap((rule) =>
          typeof rule === 'object' && 'json' in rule ? Object.values(rule.json) : [rule],
        ),
  );
}

async function refuseIfSource({ settings, signal }: RefreshRequest, { manifest }: BackupToRestore) {
  const session = await openServerTarget(settings, { signal });
  try {
    await refuseSource(session, manifest);
  } finally {
    await session.close();
  }
}

function planOf(
  request: RefreshRequest,
  { name, manifest }: BackupToRestore,
  { tables, unknown }: Decisions,
  exists: boolean,
): RefreshPlan {
  const all = [...tables.entries()];
  const columnsOf = (one: DecidedTable) => (one.rows === 'mask' ? one.columns : []);
  const isMasked = ([, one]: (typeof all)[number]) => columnsOf(one).some(({ mask }) => mask);
  const excluded = all.filter(([, { rows }]) => rows === 'exclude').map(([table]) => nameOfTable(table));
  const columns = all.flatMap(([, one]) => columnsOf(one));
  const masked = all.filter(isMasked).length;
  const kept = all.filter(([, { rows }]) => rows === 'mask').map(([table]) => table);
  const hasLargeObjects = manifest.largeObjects.count > 0;
  const keepsLargeObjects = (request.masks.largeObjects ?? 'exclude') === 'keep';
  return {
    backup: name,
    takenAt: manifest.snapshot.takenAt,
    display: request.settings.display,
    database: request.settings.database,
    exists,
    intoExisting: request.intoExisting,
    tables: { masked, unchanged: all.length - masked - excluded.length, excluded },
    columns: {
      masked: columns.filter(({ mask }) => mask).length,
      kept: columns.filter(({ mask }) => !mask).length,
    },
    largeObjects: !hasLargeObjects ? 'none' : keepsLargeObjects ? 'kept' : 'excluded',
    rows: kept.reduce((sum, { rows }) => sum + rows, 0),
    rawBytes: kept.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    notes: [
      ...unknown.map((one) => `The masks file names ${one}, which the backup does not have.`),
      ...(hasLargeObjects && keepsLargeObjects
        ? ['Large objects are copied as they are, without masks.']
        : []),
    ],
  };
}

type Done = Pick<RefreshReport, 'outcome' | 'restore' | 'scan' | 'former' | 'notes'>;

async function refreshBeside(
  request: RefreshRequest,
  beside: ServerTarget,
  masking: Masking,
  decisions: Decisions,
  exists: boolean,
): Promise<Done> {
  const { settings, signal, keepsFormer } = request;
  const { database } = settings;
  const [fresh, former] = [nameBeside(database, 'new'), nameBeside(database, 'old')];
  await dropLeftover(beside, fresh);
  if (exists) await dropLeftover(beside, former);
  const at = atDatabase(settings, fresh);
  let isExchanged = false;
  let marked: Promise<void> | undefined;
  try {
    const restored = await restore({
      ...restoreRequest(request, masking),
      settings: at,
      createDatabase: true,
      // At once, so that the next refresh may drop what a kill leaves.
      createOptions: MARKED_AT_BIRTH,
      onBegin: () => {
        marked = markAsOurs(beside, fresh);
        marked.catch(() => {});
      },
    });
    await marked;
    const findings = await scan(at, request, masking, decisions);
    const scanned = { samples: masking.samples.size, columns: masking.samples.columns, findings };
    const notes = unmetNotes(masking);
    if (restored.outcome !== 'restored' || findings.some(({ isChance }) => !isChance))
      return { outcome: 'refused', restore: restored, scan: scanned, former: null, notes };
    if (exists) notes.push(...(await keepRights(request, beside, at, fresh)));
    await runAfter(request, at);
    signal.throwIfAborted();
    await limitAs(beside, { database, fresh });
    await exchangeNames(beside, { database, fresh, former: exists ? former : undefined });
    isExchanged = true;
    // The mark is for databases that may be dropped.
    await beside.execute(`COMMENT ON DATABASE "${database.replaceAll('"', '""')}" IS NULL`);
    if (exists && keepsFormer) await markAsOurs(beside, former);
    else if (exists) await dropDatabase(beside, former);
    return {
      outcome: 'refreshed',
      restore: restored,
      scan: scanned,
      former: exists && keepsFormer ? former : null,
      notes,
    };
  } finally {
    // There was none of this name before, so it is ours, however far it came.
    if (!isExchanged) await dropAnew(settings, fresh, request);
  }
}

/** What a mistyped path meant is in staging as it was. */
function unmetNotes({ unmetPaths }: Masking): string[] {
  return unmetPaths.map(
    (path) => `The path ${path} of the masks file led to no value: see whether it is mistyped.`,
  );
}

/** After a failure: the session that waited, and the signal, may be at their end. */
async function dropAnew(
  settings: RefreshRequest['settings'],
  fresh: string,
  { observer }: RefreshRequest,
): Promise<void> {
  try {
    const session = await openBeside(settings, new AbortController().signal);
    try {
      await dropDatabase(session, fresh);
    } finally {
      await session.close();
    }
  } catch {
    observer?.onNotice?.(
      `The database ${fresh} could not be dropped. It holds masked rows alone; drop it by hand.`,
    );
  }
}

async function refreshInPlace(
  request: RefreshRequest,
  masking: Masking,
  decisions: Decisions,
): Promise<Done> {
  const { settings } = request;
  const restored = await restore({
    ...restoreRequest(request, masking),
    settings,
    intoExisting: true,
    discardNewer: true,
  });
  const findings = await scan(settings, request, masking, decisions);
  const isWell = restored.outcome === 'restored' && findings.every(({ isChance }) => isChance);
  if (isWell) await runAfter(request, settings);
  return {
    outcome: isWell ? 'refreshed' : 'refused',
    restore: restored,
    scan: { samples: masking.samples.size, columns: masking.samples.columns, findings },
    former: null,
    notes: [...unmetNotes(masking), 'Objects of staging that the backup does not have are still there.'],
  };
}

function restoreRequest(request: RefreshRequest, masking: Masking) {
  const { store, place, unproven, keepErased, eraseFollowers, jobs, maintenanceWorkMem, signal, observer } =
    request;
  return {
    store,
    place,
    ...{ unproven, keepErased, eraseFollowers },
    rewriting: masking,
    safetyBackup: false,
    noTiers: true,
    // Staging has its own roles, and production's grants are no business of theirs.
    noOwner: true,
    noPrivileges: true,
    signal,
    ...(jobs === undefined ? {} : { jobs }),
    ...(maintenanceWorkMem === undefined ? {} : { maintenanceWorkMem }),
    ...(observer ? { observer } : {}),
  };
}

/** Whether a made-up value may be a real one by chance. */
function mayMeet(rule: Rule): boolean {
  if (typeof rule !== 'object') return false;
  if ('json' in rule) return Object.values(rule.json).some(mayMeet);
  return 'fake' in rule && !staysDifferent(rule.fake);
}

async function scan(
  settings: RefreshRequest['settings'],
  { masks, signal }: RefreshRequest,
  { samples }: Masking,
  { tables }: Decisions,
): Promise<Finding[]> {
  const mayCoincide = new Set(
    [...tables].flatMap(([table, decided]) =>
      decided.rows === 'mask'
        ? decided.columns
            .filter(({ rule }) => mayMeet(rule))
            .map(({ name }) => `${nameOfTable(table)}.${name}`)
        : [],
    ),
  );
  return await scanTarget({ settings, samples, mayCoincide, mayHold: new Set(masks.mayHold), signal });
}

async function keepRights(
  { settings, signal }: RefreshRequest,
  beside: ServerTarget,
  at: RefreshRequest['settings'],
  fresh: string,
): Promise<string[]> {
  const [former, made] = await Promise.all([
    openServerTarget(settings, { signal }),
    openServerTarget(at, { signal }),
  ]);
  try {
    const lost = await carryOver({ beside, former, fresh: made }, { database: settings.database, fresh });
    return lost === 0
      ? []
      : [
          `${lost} grants or settings of the former database could not be given: their objects are not in the backup, or the role may not give them.`,
        ];
  } finally {
    await Promise.all([former.close(), made.close()]);
  }
}

async function runAfter(
  { runAfter: sql, signal }: RefreshRequest,
  settings: RefreshRequest['settings'],
): Promise<void> {
  if (sql === undefined || sql.trim() === '') return;
  const session = await openServerTarget(settings, { signal });
  try {
    await session.execute('RESET search_path');
    await session.executeAll([sql]);
  } catch (error) {
    if (!(error instanceof TargetStatementError)) throw error;
    throw new LifeboatError({
      code: 'refresh-run-after-failed',
      kind: 'target',
      what: `The SQL of --run-after was refused: ${withSqlState(error.message, error.sqlState)}.`,
      meaning: 'Staging is as it was, unless --into-existing was given.',
      remedy: 'Mend the file, and run the same command again.',
      cause: error,
    });
  } finally {
    await session.close();
  }
}

function nothingThere({ settings }: RefreshRequest): LifeboatError {
  return new LifeboatError({
    code: 'target-database-missing',
    kind: 'target',
    what: `The server has no database ${settings.database}.`,
    meaning: 'Nothing was changed.',
    remedy: 'Leave out --into-existing: then the database is created.',
  });
}

function noKey(key: string | undefined): LifeboatError {
  return new LifeboatError({
    code: 'refresh-key-missing',
    kind: 'usage',
    what:
      key === undefined
        ? 'LIFEBOAT_MASK_KEY is not set.'
        : `LIFEBOAT_MASK_KEY has fewer than ${SHORTEST_KEY} characters.`,
    meaning:
      'Nothing was changed. Without a secret key, anybody could find out which value a hash is of, by trying.',
    remedy:
      'Set it to a long random text, such as the output of `openssl rand -hex 32`, and keep it: the same key masks the same value alike each time.',
  });
}
