import { SOURCE_NAME } from '../../contract/source-names.ts';
import { isSafetySource } from '../archive/keys.ts';
import { listBackups, type SealedBackup } from '../archive/listing.ts';
import type { PublicKey } from '../attest/public-keys.ts';
import { recordedSources } from '../attest/read-records.ts';
import { RECORD_KINDS } from '../attest/statement.ts';
import { readIntervals } from '../replay/plan/intervals.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { backupsTaken, compare } from './backups-taken.ts';
import { changesMade } from './changes-made.ts';
import { drillsHeld } from './drills-held.ts';
import type {
  EvidenceException,
  EvidenceReport,
  Period,
  SourceEvidence,
  Targets,
} from './evidence-report.ts';
import { isIn } from './in-period.ts';
import { judgeSource } from './judge-source.ts';
import { limitsOf } from './limits.ts';
import { restoresDone } from './restores-done.ts';
import { scrubsDone } from './scrubs-done.ts';
import type { TrailEvent } from './trail/trail-event.ts';

export interface EvidenceRequest {
  readonly store: ObjectStore;
  readonly period: Period;
  readonly targets: Targets;
  /** Public keys that somebody trusts. None: signatures are not checked. */
  readonly keys: readonly PublicKey[];
  /** Only this source. @default all */
  readonly source?: string | undefined;
  /** What CloudTrail says. @default nobody named a trail */
  readonly trail?: readonly TrailEvent[] | undefined;
  readonly signal: AbortSignal;
}

/**
 * Gathers what a vault knows about a period: list sources → backups, drills, restores, scrubs, changes of each → judge. It
 * writes nothing. The same vault and the same period make the same report, whatever the clock says.
 */
export async function gatherEvidence(request: EvidenceRequest): Promise<EvidenceReport> {
  const { store, period, targets, keys, trail, signal } = request;
  const { backups, folders } = await listBackups(store, { source: request.source }, { signal });
  const ofSource = Map.groupBy(backups, ({ place }) => place.source);
  const sources: SourceEvidence[] = [];
  const exceptions: EvidenceException[] = [];
  const inVault = folders.ofSources.map((folder) => folder.split('/')[1] ?? '');
  for (const name of await sourcesOf(request, inVault)) {
    signal.throwIfAborted();
    const found = await gatherSource(name, ofSource.get(name) ?? [], request);
    if (isSafetySource(name) && !isToBeTold(found)) continue;
    sources.push(found.evidence);
    exceptions.push(...found.exceptions);
  }
  return {
    format: 1,
    vault: store.url,
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    targets: {
      recoveryPointMs: targets.recoveryPointMs ?? null,
      recoveryTimeMs: targets.recoveryTimeMs ?? null,
      drillEveryMs: targets.drillEveryMs ?? null,
    },
    keyIds: keys.map(({ keyId }) => keyId).sort(compare),
    sources,
    exceptions,
    trail: trail ?? null,
    limits: limitsOf(sources, { hasKeys: keys.length > 0, hasTrail: trail !== undefined }),
  };
}

async function gatherSource(name: string, sealed: readonly SealedBackup[], request: EvidenceRequest) {
  const { store, period, targets, keys, signal } = request;
  const options = { signal };
  const taken = await backupsTaken(store, name, sealed, period, options);
  const held = await drillsHeld(store, name, sealed, { period, keys }, options);
  const done = await restoresDone(store, name, { period, keys }, options);
  const scrubs = await scrubsDone(store, name, period, options);
  const made = await changesMade(store, name, { period, keys }, options);
  const { figures, exceptions } = judgeSource(
    {
      name,
      ...{ backups: taken.backups, drills: held.drills, restores: done.restores, scrubs },
      isSafety: isSafetySource(name),
      expectsSignatures: keys.length > 0,
    },
    period,
    targets,
  );
  const found = [
    ...exceptions,
    ...(await gapsOfChanges(store, name, period, signal)),
    ...[taken, held, done, made].flatMap((one) => one.exceptions),
  ];
  const evidence: SourceEvidence = {
    name,
    figures,
    backups: taken.backups.filter((one) => isIn(period, one.snapshotAt)),
    drills: held.drills.filter((one) => isIn(period, one.finishedAt)),
    restores: done.restores,
    scrubs,
    changes: made.changes,
  };
  return { evidence, exceptions: found.sort((a, b) => compare(a.at, b.at) || compare(a.what, b.what)) };
}

/** Where captured changes broke off: moments after it cannot be restored until the next base. */
async function gapsOfChanges(
  store: ObjectStore,
  source: string,
  period: Period,
  signal: AbortSignal,
): Promise<EvidenceException[]> {
  const intervals = await readIntervals(store, source, signal);
  return intervals.flatMap(({ ended, to }): EvidenceException[] =>
    ended === null || !isIn(period, to.time)
      ? []
      : [{ kind: 'changes-gap', source, at: to.time, what: `The captured changes broke off: ${ended}` }],
  );
}

/**
 * Copies that restores made before they overwrote something are no source that anybody protects. But a restore of one, and
 * its removal, is what an auditor asks about.
 */
function isToBeTold({ evidence, exceptions }: Awaited<ReturnType<typeof gatherSource>>): boolean {
  return evidence.restores.length > 0 || evidence.changes.length > 0 || exceptions.length > 0;
}

/**
 * Sources of the vault, also those of which it has no backup, and those that only records know. The one that is asked for
 * always, because silence about it would look as if nothing were wrong.
 */
async function sourcesOf(
  { store, source, signal }: EvidenceRequest,
  inVault: readonly string[],
): Promise<string[]> {
  const recorded = await Promise.all(RECORD_KINDS.map((kind) => recordedSources(store, kind, { signal })));
  const all = new Set([...inVault, ...recorded.flat()].filter((name) => SOURCE_NAME.test(name)));
  return source === undefined ? [...all].sort(compare) : [source];
}
