import { createHash } from 'node:crypto';
import type { DrillReport } from '../../lib/engine/archive/drill-report.ts';
import { type BackupPlace, manifestKey, timeOfId } from '../../lib/engine/archive/keys.ts';
import { formatManifest, type Manifest } from '../../lib/engine/archive/manifest.ts';
import { type KeptRecord, keepRecord } from '../../lib/engine/attest/keep-record.ts';
import { backupStatement } from '../../lib/engine/attest/predicates.ts';
import type { Signer } from '../../lib/engine/attest/signing-key.ts';
import { keepReport } from '../../lib/engine/proof/keep-report.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from './archive-fixture.ts';
import { proofOf } from './proof-of.ts';

interface DrilledBackup {
  readonly place?: BackupPlace;
  readonly signer?: Signer | undefined;
  readonly report?: Partial<DrillReport>;
  /** @default full */
  readonly scope?: Manifest['scope'];
  readonly onRecord?: (kept: KeptRecord) => void;
}

/** Writes a backup of the fixture with its record, and the report of a drill as the engine keeps it. */
export async function writeDrilledBackup(
  store: ObjectStore,
  { place = FIXTURE_PLACE, signer, report = {}, scope = 'full', onRecord }: DrilledBackup = {},
): Promise<Manifest> {
  const takenAt = timeOfId(place.backupId);
  const { manifest: fixture } = await writeFixtureArchive(store, { place, seal: false });
  const later = (minutes: number) => new Date(takenAt.getTime() + minutes * 60_000).toISOString();
  const manifest: Manifest = {
    ...fixture,
    scope,
    startedAt: later(0),
    sealedAt: later(2),
    snapshot: { ...fixture.snapshot, takenAt: later(1) },
  };
  const bytes = formatManifest(manifest);
  await store.put(manifestKey(place), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const statement = backupStatement(place, manifest, sha256);
  await keepRecord({ store, place, statement, at: new Date(manifest.sealedAt) });
  const times = { startedAt: later(60), finishedAt: later(61) };
  await keepReport(
    { store, place, signer, onRecord },
    { ...proofOf(manifest), ...times, ...report },
    manifest,
  );
  return manifest;
}
