import * as z from 'zod';
import { LifeboatError } from '../errors.ts';
import { RETENTION_CLASSES } from './keys.ts';
import { formatSealedJson, readSealedJson } from './sealed-json.ts';

/** The version of the archive format that this Lifeboat writes; docs/archive-format.md describes it. */
export const ARCHIVE_FORMAT = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** 16 hexadecimal digits: a sum modulo 2^64. */
const digest = z.string().regex(/^[0-9a-f]{16}$/);
const count = z.number().int().nonnegative();
const instant = z.iso.datetime();

/** Stored bytes of one object, as they lie in the vault. `key` is whole, from the vault's own prefix on. */
const storedObject = z.strictObject({ key: z.string().min(1), sizeBytes: count, sha256 });

const chunk = storedObject.extend({
  /** Bytes of COPY text before compression. */
  rawBytes: count,
  rows: count,
  digest,
  /** Heap pages [from, to); `to` is null for the last range, which is open. Absent: the whole table. */
  pages: z.strictObject({ from: count, to: count.nullable() }).optional(),
});

const tableData = z.strictObject({
  schema: z.string(),
  name: z.string(),
  /** Columns that COPY carries, in the order of its fields. Empty for a table with no columns. */
  columns: z.array(z.string()),
  /** Generated columns: recomputed at restore, so no digest covers them. */
  generatedColumns: z.array(z.string()),
  /** The topmost partitioned table, when this is a partition: a restore may load its rows through that one. */
  partitionRoot: z.strictObject({ schema: z.string(), name: z.string() }).optional(),
  /** WHERE condition of an extension's configuration table (pg_extension.extcondition), applied to rows and digest. */
  condition: z.string().optional(),
  /** Why the rows were left out, when they were; then rows, digest and chunks say nothing. */
  dataLeftOut: z.string().optional(),
  rows: count,
  digest,
  rawBytes: count,
  chunks: z.array(chunk),
});

const sequenceValue = z.strictObject({
  schema: z.string(),
  name: z.string(),
  /** A bigint, so a string. */
  lastValue: z.string().regex(/^-?\d+$/),
  isCalled: z.boolean(),
});

export const OBJECT_PURPOSES = [
  'roles',
  'database',
  'pre-data',
  'post-data',
  'sequences',
  'large-object-metadata',
  'fingerprint',
  'recovery-guide',
  'restore-script',
] as const;

/** What a manifest holds besides its own checksum (sealed-json.ts). */
export const manifestSchema = z.strictObject({
  format: z.literal(ARCHIVE_FORMAT),
  backupId: z.string(),
  retentionClass: z.enum(RETENTION_CLASSES),
  source: z.string(),
  /** The folder, below the backup's own, that holds everything else. */
  attempt: z.string(),
  /** Why somebody asked for it: `before migration 005`. */
  reason: z.string().optional(),
  /** `partial`: somebody asked for a part of the database; it counts neither as the newest backup nor for alarms. */
  scope: z.enum(['full', 'partial', 'schema-only']),
  startedAt: instant,
  /** When the last object was complete and the coordinator had answered for the last time. */
  sealedAt: instant,
  durationMs: count,
  lifeboatVersion: z.string(),
  pgDumpVersion: z.string(),
  server: z.strictObject({
    version: z.string(),
    /** `server_version_num`: 150018. */
    versionNumber: count,
    hostProfile: z.string(),
    database: z.string(),
    /** pg_database.oid: tells it in its cluster when it was renamed. */
    databaseOid: count.optional(),
    encoding: z.string(),
    /** `libc`, `icu` or `builtin`. */
    localeProvider: z.string(),
    collate: z.string().nullable(),
    ctype: z.string().nullable(),
    /** ICU or builtin locale. */
    locale: z.string().nullable(),
    /** ICU's tailoring rules, from 16 on. */
    icuRules: z.string().nullable(),
    /** pg_control_system(); null where the host does not let the role read it. */
    systemIdentifier: z.string().nullable(),
    timeline: count.nullable(),
    standby: z.boolean(),
  }),
  snapshot: z.strictObject({
    takenAt: instant,
    /** pg_current_snapshot(), or txid_current_snapshot() on 12. */
    snapshot: z.string(),
    /** Insert LSN (replay LSN on a standby) read inside the snapshot. */
    lsn: z.string().nullable(),
  }),
  tables: z.array(tableData),
  sequences: z.array(sequenceValue),
  largeObjects: z.strictObject({ count, rows: count, digest, rawBytes: count, chunks: z.array(chunk) }),
  objects: z.array(storedObject.extend({ purpose: z.enum(OBJECT_PURPOSES) })),
  extensions: z.array(z.strictObject({ name: z.string(), version: z.string(), schema: z.string() })),
  /** Roles that the dump names. */
  roles: z.array(z.string()),
  /** Everything that is in the source and not in the backup, with the reason. */
  leftOut: z.array(z.strictObject({ name: z.string(), what: z.string(), reason: z.string() })),
  /** What a restore should make usable first: lists of tables and schemas, as the backup was told them. */
  tiers: z.array(z.array(z.string().min(1)).min(1)).optional(),
  /** Secrets of the catalog that became placeholders: where to put them back. */
  placeholders: z.array(z.strictObject({ name: z.string(), placeholder: z.string() })),
  totals: z.strictObject({ rows: count, rawBytes: count, storedBytes: count }),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type TableData = z.infer<typeof tableData>;
export type Chunk = z.infer<typeof chunk>;
export type StoredObject = z.infer<typeof storedObject>;
export type ObjectPurpose = (typeof OBJECT_PURPOSES)[number];
export type SequenceValue = z.infer<typeof sequenceValue>;

/**
 * Reads a manifest. Throws `manifest-invalid`, naming the first field that is wrong or that its own checksum does not
 * fit, or `manifest-too-new`.
 */
export function parseManifest(bytes: Uint8Array, key: string): Manifest {
  const invalid = (problem: string) =>
    new LifeboatError({
      code: 'manifest-invalid',
      kind: 'verification',
      what: `${key} is not a valid manifest: it ${problem}.`,
      meaning: 'This backup cannot be trusted as it stands.',
      remedy: 'Take another backup; `lifeboat list` shows them.',
    });
  const read = readSealedJson(bytes);
  const format = z.object({ format: z.number() }).safeParse(read.value);
  if (format.success && format.data.format > ARCHIVE_FORMAT) {
    throw new LifeboatError({
      code: 'manifest-too-new',
      kind: 'verification',
      what: `${key} is of archive format ${format.data.format}; this Lifeboat reads up to ${ARCHIVE_FORMAT}.`,
      remedy: 'Use the Lifeboat version that wrote it, or a newer one.',
    });
  }
  if (!read.intact) throw invalid(read.problem);
  const parsed = manifestSchema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw invalid(
    `has a wrong field, ${first?.path.join('.') || 'the whole'}: ${first?.message ?? 'unreadable'}`,
  );
}

/**
 * The bytes of a manifest, its own checksum last; stable for equal content. Validates first, so that nothing invalid
 * can be sealed.
 */
export function formatManifest(manifest: Manifest): Buffer {
  return formatSealedJson(manifestSchema.parse(manifest));
}
