import * as v from 'valibot';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { LifeboatError } from '../ground/errors.ts';
import { count, firstFault, instant, text } from '../ground/shapes.ts';
import { formatSealedJson, readSealedJson } from './sealed-json.ts';

/** The newest version of the archive format; docs/archive-format.md describes it. */
export const ARCHIVE_FORMAT = 2;
/** The version of a backup without shared objects: an older Lifeboat can read it, too. */
const FORMAT_WITHOUT_SHARED_OBJECTS = 1;
/** The longest text of an object that several tables share, so that a reader may take it into memory. */
export const MOST_SHARED_BYTES = 2 * 1024 * 1024;
/** The version of age's format, as the first line of each age file names it. */
export const AGE_FORMAT = 'age-encryption.org/v1' as const;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** 16 hexadecimal digits: a sum modulo 2^64. */
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

/** The stored bytes of one object in the vault. `key` is complete, relative to the vault's own prefix. */
const storedObject = v.strictObject({ key: text, sizeBytes: count, sha256 });

const chunk = v.strictObject({
  ...storedObject.entries,
  /** Bytes of COPY text before compression. */
  rawBytes: count,
  rows: count,
  digest,
  /**
   * The bytes [from, to) of the object's text that are this chunk, if several small tables share the object. If absent,
   * it holds this chunk alone.
   */
  part: v.optional(v.strictObject({ from: count, to: count })),
  /**
   * Heap pages [from, to); `to` is null in the last range, which is open. If absent, the chunk holds the
   * whole table.
   */
  pages: v.optional(v.strictObject({ from: count, to: v.nullable(count) })),
});

const tableData = v.strictObject({
  schema: v.string(),
  name: v.string(),
  /** The columns in the COPY text, in the order of its fields. Empty for a table without columns. */
  columns: v.array(v.string()),
  /** Generated columns. A restore computes them again, so no digest covers them. */
  generatedColumns: v.array(v.string()),
  /**
   * The topmost partitioned table, if this is a partition. A restore may load its rows through that table.
   */
  partitionRoot: v.optional(v.strictObject({ schema: v.string(), name: v.string() })),
  /**
   * WHERE condition of an extension's configuration table (pg_extension.extcondition), applied to rows and
   * digest.
   */
  condition: v.optional(v.string()),
  /** Why the rows were left out, if they were. Then rows, digest and chunks have no meaning. */
  dataLeftOut: v.optional(v.string()),
  /**
   * Roles that the rows name, in columns of regrole or aclitem. A server without these roles refuses the
   * rows.
   */
  roles: v.optional(v.array(v.string())),
  rows: count,
  digest,
  rawBytes: count,
  chunks: v.array(chunk),
});

const sequenceValue = v.strictObject({
  schema: v.string(),
  name: v.string(),
  /** A bigint, as a string. */
  lastValue: v.pipe(v.string(), v.regex(/^-?\d+$/)),
  isCalled: v.boolean(),
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

/** The content of a manifest without its own checksum (sealed-json.ts). */
export const manifestSchema = v.strictObject({
  format: v.picklist([FORMAT_WITHOUT_SHARED_OBJECTS, ARCHIVE_FORMAT]),
  backupId: v.string(),
  retentionClass: v.picklist(RETENTION_CLASSES),
  source: v.string(),
  /** The folder, inside the backup's folder, that holds everything except manifest and proof. */
  attempt: v.string(),
  /** Why somebody asked for the backup: `before migration 005`. */
  reason: v.optional(v.string()),
  /**
   * `partial`: somebody asked for a part of the database. It counts neither as the newest backup nor for
   * alarms.
   */
  scope: v.picklist(['full', 'partial', 'schema-only']),
  startedAt: instant,
  /** When the last object was complete and the coordinator session had answered for the last time. */
  sealedAt: instant,
  durationMs: count,
  lifeboatVersion: v.string(),
  pgDumpVersion: v.string(),
  server: v.strictObject({
    version: v.string(),
    /** `server_version_num`: 150018. */
    versionNumber: count,
    hostProfile: v.string(),
    database: v.string(),
    /** pg_database.oid, which identifies a renamed database in its cluster. */
    databaseOid: v.optional(count),
    encoding: v.string(),
    /** `libc`, `icu` or `builtin`. */
    localeProvider: v.string(),
    collate: v.nullable(v.string()),
    ctype: v.nullable(v.string()),
    /** The ICU or builtin locale. */
    locale: v.nullable(v.string()),
    /** ICU's tailoring rules, from 16 on. */
    icuRules: v.nullable(v.string()),
    /** From pg_control_system(); null if the host does not let the role read it. */
    systemIdentifier: v.nullable(v.string()),
    timeline: v.nullable(count),
    standby: v.boolean(),
    /**
     * Settings of a new session that decide what functions compute. A restore computes values again under
     * them.
     */
    sessionDefaults: v.optional(
      v.array(v.strictObject({ name: text, value: v.string(), ofDatabase: v.optional(v.boolean()) })),
    ),
  }),
  snapshot: v.strictObject({
    takenAt: instant,
    /** pg_current_snapshot(), or txid_current_snapshot() on 12. */
    snapshot: v.string(),
    /** Insert LSN (replay LSN on a standby), read inside the snapshot. */
    lsn: v.nullable(v.string()),
    /**
     * Hash of the catalog's rows (catalog/catalog-hash.ts). With it a full backup can be the base of captured
     * changes.
     */
    catalogHash: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))),
  }),
  tables: v.array(tableData),
  /**
   * Digests of materialized views, by the server's own hash (view-digest.ts), when the settings they were
   * computed under are uncertain.
   */
  materializedViews: v.optional(
    v.array(v.strictObject({ schema: v.string(), name: v.string(), digest: v.string() })),
  ),
  sequences: v.array(sequenceValue),
  largeObjects: v.strictObject({ count, rows: count, digest, rawBytes: count, chunks: v.array(chunk) }),
  objects: v.array(v.strictObject({ ...storedObject.entries, purpose: v.picklist(OBJECT_PURPOSES) })),
  extensions: v.array(v.strictObject({ name: v.string(), version: v.string(), schema: v.string() })),
  /** Roles that the dump names. */
  roles: v.array(v.string()),
  /** Everything that is in the source and not in the backup, with the reason. */
  leftOut: v.array(v.strictObject({ name: v.string(), what: v.string(), reason: v.string() })),
  /** Tables and schemas in the order of priority for a restore, as given to the backup. */
  tiers: v.optional(v.array(v.pipe(v.array(text), v.nonEmpty()))),
  /**
   * Who can open the objects, if they are encrypted: public keys of age. All objects whose keys end in `.age`
   * are age files for all of these recipients.
   */
  encryption: v.optional(
    v.strictObject({ format: v.literal(AGE_FORMAT), recipients: v.pipe(v.array(text), v.nonEmpty()) }),
  ),
  /** Secrets of the catalog that were replaced by placeholders, and where to put them back. */
  placeholders: v.array(v.strictObject({ name: v.string(), placeholder: v.string() })),
  totals: v.strictObject({ rows: count, rawBytes: count, storedBytes: count }),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type TableData = v.InferOutput<typeof tableData>;
export type Chunk = v.InferOutput<typeof chunk>;
export type StoredObject = v.InferOutput<typeof storedObject>;
export type ObjectPurpose = (typeof OBJECT_PURPOSES)[number];
export type SequenceValue = v.InferOutput<typeof sequenceValue>;

/**
 * Reads a manifest. Throws `manifest-too-new`, or `manifest-invalid`, which names the first wrong field or
 * says that the manifest's own checksum does not match.
 */
export function parseManifest(bytes: Uint8Array, key: string): Manifest {
  const invalid = (problem: string) =>
    new LifeboatError({
      code: 'manifest-invalid',
      kind: 'verification',
      what: `${key} is not a valid manifest: it ${problem}.`,
      meaning: 'This backup cannot be trusted.',
      remedy: 'Use another backup; `lifeboat list` shows them.',
    });
  const read = readSealedJson(bytes);
  const format = v.safeParse(v.object({ format: v.number() }), read.value);
  if (format.success && format.output.format > ARCHIVE_FORMAT) {
    throw new LifeboatError({
      code: 'manifest-too-new',
      kind: 'verification',
      what: `${key} has archive format ${format.output.format}; this Lifeboat reads formats up to ${ARCHIVE_FORMAT}.`,
      remedy: 'Use the Lifeboat version that wrote it, or a newer one.',
    });
  }
  if (!read.intact) throw invalid(read.problem);
  const parsed = v.safeParse(manifestSchema, read.value);
  if (parsed.success) return parsed.output;
  throw invalid(`has a wrong field, ${firstFault(parsed.issues)}`);
}

/** The lowest version of the format that has what these tables need. */
export function formatFor(tables: Manifest['tables']): Manifest['format'] {
  const isShared = tables.some(({ chunks }) => chunks.some(({ part }) => part));
  return isShared ? ARCHIVE_FORMAT : FORMAT_WITHOUT_SHARED_OBJECTS;
}

/**
 * The bytes of a manifest, which end with its own checksum. Equal content gives equal bytes. Validates the
 * manifest first, so that an invalid one cannot be sealed.
 */
export function formatManifest(manifest: Manifest): Buffer {
  return formatSealedJson(v.parse(manifestSchema, manifest));
}
