import { tmpdir } from 'node:os';
import { whyNoBase } from '../archive/changes/base.ts';
import { type ChangeProof, writeChangeProof } from '../archive/changes/change-proof.ts';
import { epochPlaces, readEpochs } from '../archive/changes/epochs.ts';
import { readChunk } from '../archive/codec/decode.ts';
import type { BackupPlace } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { BackupCopy } from '../browse/copy/backup-copy.ts';
import { LifeboatError } from '../ground/errors.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import { formatLsn, lsnOf } from '../pgoutput/lsn.ts';
import { coveredPlaces } from '../replay/covered-places.ts';
import { disposableSession } from '../replay/disposable-session.ts';
import { type Base, baseOf, basesOf } from '../replay/plan/bases.ts';
import { type EpochLog, entriesFrom, firstNeeded, openLog } from '../replay/plan/epoch-log.ts';
import { segmentsOf } from '../replay/plan/segment-text.ts';
import { replay } from '../replay/replay.ts';
import { visibleIn } from '../replay/visibility.ts';
import { digestTable } from '../rows/digest-table.ts';
import { transcode } from '../rows/transcode.ts';
import { ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';

export interface ChangesRequest {
  readonly store: ObjectStore;
  /** The backup whose snapshot the changes must lead to. */
  readonly place: BackupPlace;
  /** Parent of the embedded server's data directory. @default the system's temporary directory */
  readonly directory?: string;
  /** @default true */
  readonly keepsProof?: boolean;
  readonly signal: AbortSignal;
}

/** Two bases of one epoch, and the changes from one to the other. */
interface Stretch {
  readonly log: EpochLog;
  readonly from: Base;
  readonly to: Base;
  readonly firstEntry: number;
}

/**
 * Proves the captured changes between the backup before and this one: replays what this backup's snapshot shows and the one
 * before does not, and compares every covered table's digest with what was read from the source. Exact, because both ends are
 * snapshots: no moment of rest is needed. Undefined if there are no changes that lead from one to the other.
 */
export async function proveChanges(request: ChangesRequest): Promise<ChangeProof | undefined> {
  const { store, place, signal, keepsProof = true } = request;
  if ((await epochPlaces(store, place.source, signal)).length === 0) return undefined;
  const stretch = await stretchTo(request);
  if (!stretch) return undefined;
  const proof = await compare(stretch, request);
  if (keepsProof) {
    await writeChangeProof(store, proof, place.backupId).catch((error: unknown) => {
      // An earlier drill has proven it, or this one may not write.
      if (error instanceof ObjectExistsError) return;
      if (!(error instanceof LifeboatError) || error.code !== 'vault-access-denied') throw error;
    });
  }
  return proof;
}

async function stretchTo({ store, place, signal }: ChangesRequest): Promise<Stretch | undefined> {
  const { manifest } = await readManifestFile(store, place, { signal });
  const to = baseOf(place, manifest);
  if (!to) return undefined;
  for (const epoch of (await readEpochs(store, place.source, signal)).toReversed()) {
    if (whyNoBase(epoch.record, manifest) !== undefined) continue;
    const log = await openLog(store, epoch, signal);
    // What the snapshot shows has committed before its LSN: all of it must be in the log.
    if (!log || lsnOf(log.head.to) < to.lsn) continue;
    for await (const from of basesOf(store, place.source, { signal })) {
      if (from.lsn >= to.lsn || whyNoBase(epoch.record, from.manifest) !== undefined) continue;
      const firstEntry = await firstNeeded(store, log, from.snapshot, signal);
      if (firstEntry !== undefined) return { log, from, to, firstEntry };
    }
  }
  return undefined;
}

async function compare(
  { log, from, to, firstEntry }: Stretch,
  { store, directory = tmpdir(), signal }: ChangesRequest,
): Promise<ChangeProof> {
  const startedAt = performance.now();
  const { epoch } = log;
  const covered = new Set(epoch.record.tables.map(({ schema, name }) => `${schema}.${name}`));
  const isCovered = (table: TableData) => covered.has(nameOf(table)) && table.dataLeftOut === undefined;
  const before = from.manifest.tables.filter(isCovered);
  const after = new Map(to.manifest.tables.filter(isCovered).map((table) => [nameOf(table), table]));
  await using copy = await BackupCopy.open({ store, manifest: from.manifest, directory, signal });
  await copy.load(before, { signal });
  const [isInBase, isInNext] = [visibleIn(from.snapshot), visibleIn(to.snapshot)];
  const places = new Map(
    before.flatMap((table) => {
      const at = copy.placeOf(table);
      return at ? [[nameOf(table), at] as const] : [];
    }),
  );
  const wrong: ChangeProof['tables'] = [];
  const state = await replay({
    session: disposableSession(copy.target, from.manifest.server.encoding),
    segments: segmentsOf(store, log, entriesFrom(store, log, firstEntry, signal), signal),
    includes: (transaction) => !isInBase(transaction) && isInNext(transaction),
    until: to.lsn,
    placeOf: coveredPlaces(epoch.record, ({ schema, name }) => places.get(`${schema}.${name}`)),
    signal,
  }).catch((error: unknown) => {
    if (!(error instanceof LifeboatError) || error.code !== 'replay-mismatch') throw error;
    // As wrong as rows that differ: the changes do not fit the rows that the source had.
    wrong.push({ name: 'changes', rows: 0, verdict: 'differs', reason: error.what });
    return undefined;
  });
  const tables: ChangeProof['tables'] = wrong;
  for (const [name, at] of state ? places : []) {
    const expected = after.get(name);
    if (!expected || at.isTree) continue;
    const { rows, digest } = await digestTable(copy.target, {
      schema: at.schema,
      name: at.name,
      columns: expected.columns,
      condition: expected.condition,
    });
    const reason =
      rows !== expected.rows
        ? `${rows} rows after the replay, ${expected.rows} in the backup`
        : digest !== (await digestInUtf8(expected, to.manifest, store, signal))
          ? 'the rows differ: the digest differs'
          : undefined;
    tables.push({ name, rows, verdict: reason ? 'differs' : 'match', ...(reason ? { reason } : {}) });
  }
  const { sha256 } = await readManifestFile(store, to.place, { signal });
  return {
    format: 1,
    source: epoch.record.source,
    epoch: epoch.record.epoch,
    base: nameOfBackup(from.place),
    backup: nameOfBackup(to.place),
    manifestSha256: sha256,
    fromLsn: formatLsn(from.lsn),
    toLsn: formatLsn(to.lsn),
    provenAt: new Date().toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
    verdict: tables.every(({ verdict }) => verdict === 'match') ? 'proven' : 'failed',
    transactions: state?.transactions ?? 0,
    changes: Object.values(state?.tables ?? {}).reduce(
      (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
      0,
    ),
    durationMs: Math.round(performance.now() - startedAt),
    tables,
  };
}

/** The digest of a table's rows as an embedded server prints them: it knows UTF-8 only. */
async function digestInUtf8(
  { digest, chunks }: TableData,
  { server }: Manifest,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<string> {
  if (server.encoding === 'UTF8') return digest;
  async function* pieces() {
    for (const chunk of chunks) yield* readChunk(store, chunk, signal);
  }
  const { text, content } = await transcode(pieces(), server.encoding);
  for await (const _ of text);
  return content().digest;
}

function nameOf({ schema, name }: Pick<TableData, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}
