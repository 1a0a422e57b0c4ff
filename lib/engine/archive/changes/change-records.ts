import * as v from 'valibot';
import { count, instant, text } from '../../ground/shapes.ts';
import { parseLsn } from '../../pgoutput/lsn.ts';
import { AGE_FORMAT } from '../manifest.ts';

/** The version of the format of captured changes; docs/archive-format.md describes it. */
export const CHANGES_FORMAT = 1;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** A log sequence number, as PostgreSQL prints it. */
const lsn = v.pipe(
  v.string(),
  v.check((written) => parseLsn(written) !== undefined, 'is not an LSN'),
);
/** A transaction id with its epoch (xid8), as a string: it may exceed 2^53. */
const xid8 = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
/** 32 hexadecimal digits (catalog/catalog-hash.ts). */
const catalogHash = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const number = v.pipe(count, v.minValue(1));

/** Why an epoch ended, and the next one began. */
export const EPOCH_REASONS = [
  /** `pitr enable`. */
  'enabled',
  'schema-changed',
  /** The slot is gone, or PostgreSQL has invalidated it. */
  'slot-lost',
  /** The watchdog dropped the slot, because it held too much WAL. */
  'slot-dropped',
  /** The slot was moved on by somebody else: changes between are not in the vault. */
  'slot-ahead',
  /** A standby became the primary, or the server was restored to a moment. */
  'timeline-changed',
  /** The source's WAL ends before what the vault holds, or differs from it. */
  'history-differs',
  /** The source's database was replaced by another one of its server. */
  'database-replaced',
  /** Another server: `pitr enable --new-server`. */
  'server-replaced',
  /** The publication is gone, or was made again. */
  'publication-changed',
  /** `pitr disable`. */
  'disabled',
] as const;

export const coveredTable = v.strictObject({
  oid: count,
  schema: v.string(),
  name: v.string(),
  /** How a changed row is found: by the primary key, by another unique index, or by all of its columns. */
  identity: v.picklist(['primary-key', 'index', 'full']),
  /** Columns of the key; empty for `full`. */
  key: v.array(v.string()),
});

/** An object whose changes are not captured: only the backups have it. */
export const uncoveredObject = v.strictObject({
  /** `public.events`. */
  name: v.string(),
  what: v.picklist(['table', 'large objects', 'materialized view']),
  reason: v.picklist(['no-key', 'unlogged', 'left-out', 'not-owned', 'foreign', 'not-captured']),
});

const sequenceValue = v.strictObject({
  schema: v.string(),
  name: v.string(),
  lastValue: v.pipe(v.string(), v.regex(/^-?\d+$/)),
  isCalled: v.boolean(),
});

/** The beginning of an epoch. Written once, on the condition that there is none of that number. */
export const epochSchema = v.strictObject({
  format: v.literal(CHANGES_FORMAT),
  source: text,
  epoch: number,
  lifeboatVersion: v.string(),
  /** By the source's clock. */
  startedAt: instant,
  /** Why the epoch before ended. */
  reason: v.picklist(EPOCH_REASONS),
  server: v.strictObject({
    versionNumber: count,
    database: v.string(),
    databaseOid: count,
    /** The encoding of all text in segments: that of the database. */
    encoding: v.string(),
    systemIdentifier: v.nullable(v.string()),
    timeline: count,
  }),
  slot: v.strictObject({ name: text, failover: v.boolean() }),
  publication: text,
  /** Whether an event trigger puts the place of schema changes into the stream. */
  eventTrigger: v.boolean(),
  /** Where the stream begins: each commit record from here on is in a segment. */
  from: lsn,
  /** pg_snapshot_xmax(pg_current_snapshot()), read after the publication was complete. */
  nextXid: xid8,
  catalogHash,
  publicationHash: catalogHash,
  tables: v.array(coveredTable),
  notCovered: v.array(uncoveredObject),
  encryption: v.optional(
    v.strictObject({ format: v.literal(AGE_FORMAT), recipients: v.pipe(v.array(text), v.nonEmpty()) }),
  ),
});

/** What the catalog was, and the snapshot that showed it. */
const catalogSeen = v.strictObject({
  catalogHash,
  publicationHash: catalogHash,
  /** pg_snapshot_xmin of that snapshot: all older transactions had ended. */
  xmin: xid8,
});

/** The messages of pgoutput that one poll brought. */
const segment = v.strictObject({
  /** If `inline` is there, no object has this key. */
  key: text,
  /** Of the stored bytes: compressed, and encrypted if the key ends in `.age`. */
  sizeBytes: count,
  sha256,
  /** The stored bytes themselves, in base64: a small segment costs no object of its own. */
  inline: v.optional(v.string()),
  /** Bytes before compression. */
  rawBytes: count,
  messages: count,
  transactions: count,
  /** Commit times of its transactions: they need not rise from one to the next. Absent if it has none. */
  earliestCommitAt: v.optional(instant),
  latestCommitAt: v.optional(instant),
});

const soFar = v.strictObject({
  storedBytes: count,
  rawBytes: count,
  transactions: count,
  /** It never falls from one entry to the next, as the commit times of segments may. */
  latestCommitAt: v.optional(instant),
});

/** One step of the log: all commit records in [from, to) are in its segment, or there are none. */
export const entrySchema = v.strictObject({
  format: v.literal(CHANGES_FORMAT),
  source: text,
  epoch: number,
  number,
  /** SHA-256 of the entry before; of the epoch's own file for the first. */
  previousSha256: sha256,
  from: lsn,
  to: lsn,
  /** The flush LSN, or less, up to which the poll asked. At most `to`. */
  upto: lsn,
  /** The source's clock before `upto` was read: what committed earlier is in the vault, save a few seconds. */
  clock: instant,
  /** The writer's clock. */
  writtenAt: instant,
  lifeboatVersion: v.string(),
  /** pg_snapshot_xmax, read before the stream was. A base needs an entry, or its epoch, with nextXid <= its xmin. */
  nextXid: xid8,
  /** The same, read after the stream: see provenThrough() in log-proof.ts. */
  nextXidAfter: xid8,
  before: catalogSeen,
  after: catalogSeen,
  segment: v.optional(segment),
  /** The last transaction of this epoch so far, by which a capture recognizes its own history. */
  lastTransaction: v.optional(v.strictObject({ xid: count, commitLsn: lsn, committedAt: instant })),
  /** Schema changes that the event trigger put into this segment: where their transactions commit. */
  ddl: v.optional(v.array(v.strictObject({ commitLsn: lsn, tag: v.string() }))),
  /** Sequences whose values changed since the entry before, or all of them. Read after the stream, so never behind. */
  sequences: v.array(sequenceValue),
  /** `sequences` has all of them: what they were then needs no older entry. */
  allSequences: v.optional(v.literal(true)),
  /** The segments of the epoch up to this entry, and with it: what lies between two entries is known without reading those between. */
  soFar: v.optional(soFar),
  slot: v.strictObject({
    restartLsn: v.nullable(lsn),
    heldWalBytes: count,
    walStatus: v.nullable(v.string()),
  }),
  /** The first base of this epoch that the capture knows: `daily/shop/20261120T020000Z`. */
  base: v.optional(text),
  /** This is the last entry of its epoch. */
  end: v.optional(v.strictObject({ reason: v.picklist(EPOCH_REASONS), what: v.string() })),
});

export const leaseSchema = v.strictObject({
  format: v.literal(CHANGES_FORMAT),
  holder: text,
  takenAt: instant,
  until: instant,
});

export type Epoch = v.InferOutput<typeof epochSchema>;
export type LogEntry = v.InferOutput<typeof entrySchema>;
export type SoFar = v.InferOutput<typeof soFar>;
export type Segment = v.InferOutput<typeof segment>;
export type CatalogSeen = v.InferOutput<typeof catalogSeen>;
export type CoveredTable = v.InferOutput<typeof coveredTable>;
export type UncoveredObject = v.InferOutput<typeof uncoveredObject>;
export type Lease = v.InferOutput<typeof leaseSchema>;
export type EpochReason = (typeof EPOCH_REASONS)[number];
