import { createHash } from 'node:crypto';
import type { DrillReport } from '../../../../lib/engine/archive/drill-report.ts';
import {
  type BackupPlace,
  backupPrefix,
  manifestKey,
  proofKey,
  scheduledBackupId,
} from '../../../../lib/engine/archive/keys.ts';
import { formatManifest, type Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { formatSealedJson } from '../../../../lib/engine/archive/sealed-json.ts';
import { storedObjects } from '../../../../lib/engine/archive/stored-objects.ts';
import type { ObjectStore } from '../../../../lib/engine/storage/object-store.ts';
import { writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

/** A valid backup to make others from. */
const FIXTURE = new MemoryStore();
const { manifest: EXAMPLE } = await writeFixtureArchive(FIXTURE);

/** The same objects in the folder of another backup. */
function moved<T extends { readonly key: string }>(objects: readonly T[], place: BackupPlace): T[] {
  return objects.map((one) => ({ ...one, key: keyIn(place, one.key) }));
}

function keyIn(place: BackupPlace, key: string): string {
  return backupPrefix(place) + key.slice(backupPrefix(EXAMPLE).length);
}

export interface SealedExample {
  readonly retentionClass?: BackupPlace['retentionClass'];
  readonly source?: string;
  /** The time in its id, and when it was sealed unless that is said too. */
  readonly slot: Date;
  readonly sealedAt?: Date;
  /** When the manifest says that it was sealed. @default the time in its id */
  readonly writtenAt?: Date;
  /** The moment that its rows show. @default that of the example */
  readonly snapshotAt?: Date;
  readonly scope?: Manifest['scope'];
  readonly storedBytes?: number;
  readonly durationMs?: number;
  /** What a base of captured changes has. */
  readonly wal?: {
    readonly server: Partial<Manifest['server']>;
    readonly snapshot: Partial<Manifest['snapshot']>;
  };
}

/** A vault in memory whose objects have the dates that a test gives them. */
export class DatedVault extends MemoryStore implements ObjectStore {
  readonly #dates = new Map<string, Date>();
  /** Whether the objects that manifests name are there. */
  protected readonly holdsObjects: boolean = true;

  seal(example: SealedExample): BackupPlace {
    const { slot, retentionClass = 'daily', source = 'shop' } = example;
    const place = { retentionClass, source, backupId: scheduledBackupId(slot) };
    const manifest: Manifest = {
      ...EXAMPLE,
      ...place,
      startedAt: slot.toISOString(),
      sealedAt: (example.writtenAt ?? slot).toISOString(),
      scope: example.scope ?? 'full',
      durationMs: example.durationMs ?? 60_000,
      snapshot: {
        ...EXAMPLE.snapshot,
        takenAt: (example.snapshotAt ?? new Date(EXAMPLE.snapshot.takenAt)).toISOString(),
        ...example.wal?.snapshot,
      },
      server: { ...EXAMPLE.server, ...example.wal?.server },
      totals: { ...EXAMPLE.totals, storedBytes: example.storedBytes ?? 1000 },
      objects: moved(EXAMPLE.objects, place),
      tables: EXAMPLE.tables.map((table) => ({ ...table, chunks: moved(table.chunks, place) })),
      largeObjects: { ...EXAMPLE.largeObjects, chunks: moved(EXAMPLE.largeObjects.chunks, place) },
    };
    for (const { key } of this.holdsObjects ? storedObjects(EXAMPLE) : []) {
      this.write(keyIn(place, key), FIXTURE.objects.get(key) ?? Buffer.alloc(0), slot);
    }
    this.write(manifestKey(place), formatManifest(manifest), example.sealedAt ?? slot);
    return place;
  }

  prove(place: BackupPlace, changes: Partial<DrillReport> = {}): void {
    const manifest = this.objects.get(manifestKey(place)) ?? Buffer.alloc(0);
    const report: DrillReport = {
      format: 1,
      verdict: 'proven',
      backup: { ...place, attempt: EXAMPLE.attempt },
      manifestSha256: createHash('sha256').update(manifest).digest('hex'),
      lifeboatVersion: '0.1.0',
      target: { kind: 'embedded', serverVersion: '18.6' },
      startedAt: '2026-11-20T05:00:00.000Z',
      finishedAt: '2026-11-20T05:01:00.000Z',
      recoveryTimeMs: 30_000,
      durationMs: 60_000,
      phases: [],
      totals: { tables: 0, rows: 0, rawBytes: 0, matched: 0, differing: 0, skipped: 0 },
      items: [],
      catalog: [],
      notes: [],
      ...changes,
    };
    this.write(proofKey(place), formatSealedJson(report), new Date(0));
  }

  write(key: string, bytes: Buffer, at: Date): void {
    this.objects.set(key, bytes);
    this.#dates.set(key, at);
  }

  override async head(key: string) {
    const found = await super.head(key);
    return found && { ...found, lastModified: this.#dates.get(key) ?? new Date(0) };
  }

  override async list(prefix: string) {
    const { objects, prefixes } = await super.list(prefix);
    const dated = objects.map((one) => ({ ...one, lastModified: this.#dates.get(one.key) ?? new Date(0) }));
    return { objects: dated, prefixes };
  }

  /** How often manifests were read since the last time that this was asked. */
  manifestReads(): number {
    const reads = this.requests.filter((request) => /^get .*manifest\.json$/.test(request)).length;
    this.requests.length = 0;
    return reads;
  }
}
