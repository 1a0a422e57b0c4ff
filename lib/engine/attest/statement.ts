import * as v from 'valibot';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { ITEM_KINDS, VERDICTS } from '../archive/drill-report.ts';
import { count, instant, text } from '../ground/shapes.ts';

/** The type of every statement (in-toto Attestation Framework, "Statement layer specification", v1). */
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** What is recorded about a backup: each kind has a folder of its own, which its writer alone may write into. */
export const RECORD_KINDS = ['backups', 'drills', 'restores', 'removals'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

const backup = v.object({
  name: text,
  retentionClass: v.picklist(RETENTION_CLASSES),
  source: text,
});
const ofBackup = v.object({
  backup,
  scope: v.string(),
  startedAt: instant,
  sealedAt: instant,
  /** The moment that its rows show. */
  snapshotAt: instant,
  durationMs: count,
  tables: count,
  rows: count,
  storedBytes: count,
  serverVersion: v.string(),
  encrypted: v.boolean(),
  lock: v.optional(v.object({ mode: v.string(), days: count })),
  reason: v.optional(v.string()),
  lifeboatVersion: text,
});
const ofDrill = v.object({
  backup,
  snapshotAt: instant,
  verdict: v.picklist(VERDICTS),
  target: v.object({ kind: v.picklist(['embedded', 'server']), serverVersion: v.string() }),
  startedAt: instant,
  finishedAt: instant,
  recoveryTimeMs: count,
  durationMs: count,
  totals: v.object({
    tables: count,
    rows: count,
    rawBytes: count,
    matched: count,
    differing: count,
    skipped: count,
  }),
  /** What does not match, at most a hundred. */
  findings: v.array(
    v.object({
      kind: v.picklist(ITEM_KINDS),
      name: v.string(),
      verdict: v.picklist(['differs', 'skipped']),
      reason: v.string(),
    }),
  ),
  moreFindings: count,
  lifeboatVersion: text,
});
const ofRestore = v.object({
  backup,
  /** Who restored, as that person says. The cloud's own log knows the credentials. */
  by: text,
  from: v.picklist(['a machine', 'a task']),
  target: v.object({ database: v.string(), serverVersion: v.string() }),
  scope: v.string(),
  outcome: v.picklist(['restored', 'restored with failures', 'failed', 'interrupted']),
  /** The code of the error; absent unless it failed. */
  code: v.optional(v.string()),
  startedAt: instant,
  finishedAt: instant,
  recoveryTimeMs: v.optional(count),
  rows: v.optional(count),
  safetyBackup: v.optional(v.string()),
  lifeboatVersion: text,
});
const ofRemoval = v.object({
  backup,
  by: text,
  /** Why it may go: the newer backup because of which it is not needed. */
  newer: v.optional(v.string()),
  keptDays: count,
  removedAt: instant,
  storedBytes: count,
  lifeboatVersion: text,
});

const PREDICATES = { backups: ofBackup, drills: ofDrill, restores: ofRestore, removals: ofRemoval } as const;

/** docs/evidence.md describes each of them below this name. */
const PREDICATE_TYPES: Readonly<Record<RecordKind, string>> = {
  backups: 'https://www.npmjs.com/package/pg-lifeboat#backup-v1',
  drills: 'https://www.npmjs.com/package/pg-lifeboat#drill-v1',
  restores: 'https://www.npmjs.com/package/pg-lifeboat#restore-v1',
  removals: 'https://www.npmjs.com/package/pg-lifeboat#removal-v1',
};

export type BackupPredicate = Readonly<v.InferOutput<typeof ofBackup>>;
export type DrillPredicate = Readonly<v.InferOutput<typeof ofDrill>>;
export type RestorePredicate = Readonly<v.InferOutput<typeof ofRestore>>;
export type RemovalPredicate = Readonly<v.InferOutput<typeof ofRemoval>>;
export type PredicateOf = {
  readonly backups: BackupPredicate;
  readonly drills: DrillPredicate;
  readonly restores: RestorePredicate;
  readonly removals: RemovalPredicate;
};

/** A file that a statement is about: its key in the vault and the SHA-256 of its bytes. */
export interface Subject {
  readonly key: string;
  readonly sha256: string;
}

/** An in-toto Statement v1 about one backup. Its first subject is the manifest. */
export interface Statement<Kind extends RecordKind = RecordKind> {
  readonly kind: Kind;
  readonly subjects: readonly Subject[];
  readonly predicate: PredicateOf[Kind];
}

const statementSchema = v.object({
  _type: v.literal(STATEMENT_TYPE),
  subject: v.pipe(
    v.array(v.object({ name: text, digest: v.object({ sha256: v.pipe(text, v.regex(/^[0-9a-f]{64}$/)) }) })),
    v.nonEmpty(),
    v.maxLength(16),
  ),
  predicateType: text,
  predicate: v.unknown(),
});

export function formatStatement({ kind, subjects, predicate }: Statement): Buffer {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ key, sha256 }) => ({ name: key, digest: { sha256 } })),
    predicateType: PREDICATE_TYPES[kind],
    predicate,
  };
  return Buffer.from(JSON.stringify(statement));
}

export type ReadStatement<Kind extends RecordKind> =
  | { readonly statement: Statement<Kind> }
  /** Completes the sentence "this record …". */
  | { readonly statement?: undefined; readonly problem: string };

/** Reads a statement of one kind. Never throws. */
export function readStatement<Kind extends RecordKind>(kind: Kind, payload: Uint8Array): ReadStatement<Kind> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
  } catch {
    return { problem: 'holds no JSON' };
  }
  const outer = v.safeParse(statementSchema, json);
  if (!outer.success) return { problem: 'holds no in-toto statement' };
  const { subject, predicateType, predicate } = outer.output;
  if (predicateType !== PREDICATE_TYPES[kind]) return { problem: 'is a statement about something else' };
  const inner = v.safeParse(PREDICATES[kind], predicate);
  if (!inner.success)
    return { problem: `has a wrong field, ${v.getDotPath(inner.issues[0]) ?? 'the whole'}` };
  return {
    statement: {
      kind,
      subjects: subject.map(({ name, digest }) => ({ key: name, sha256: digest.sha256 })),
      predicate: inner.output as unknown as PredicateOf[Kind],
    },
  };
}
