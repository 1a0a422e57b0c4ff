/** Kinds of objects, named as in their CREATE statements. A fingerprint lists its entries in this order. */
export const OBJECT_KINDS = [
  'role',
  'schema',
  'extension',
  'access method',
  'language',
  'foreign data wrapper',
  'server',
  'user mapping',
  'collation',
  'conversion',
  'type',
  'attribute',
  'domain',
  'domain constraint',
  'function',
  'procedure',
  'aggregate',
  'operator',
  'operator family',
  'operator class',
  'cast',
  'transform',
  'text search parser',
  'text search template',
  'text search dictionary',
  'text search configuration',
  'sequence',
  'table',
  'foreign table',
  'view',
  'materialized view',
  'column',
  'constraint',
  'index',
  'trigger',
  'rule',
  'policy',
  'statistics',
  'default privileges',
  'large objects',
  'event trigger',
  'publication',
  'publication table',
  'publication schema',
  'subscription',
] as const;

export type ObjectKind = (typeof OBJECT_KINDS)[number];

/**
 * `name` is an identity as identity.ts writes it: `public.users`, `public.total(integer,text)`,
 * `users_pkey on public.users`.
 */
export interface ObjectName {
  readonly kind: ObjectKind;
  readonly name: string;
}

export type FactValue = string | number | boolean | readonly string[];

/** A missing fact means no, none, or PostgreSQL's default. */
export type Facts = Readonly<Record<string, FactValue>>;

export interface FingerprintEntry extends ObjectName {
  /** The object that this one cannot exist without: the table of a column, an index or a policy. */
  readonly parent?: ObjectName;
  /** Always compared, also across majors. */
  readonly facts: Facts;
  /**
   * Hashes of deparsed text (definitions, defaults, conditions), which is compared between equal majors only.
   */
  readonly text?: Facts;
  /** Facts that may differ without harm and are only reported: an extension's version, a tablespace. */
  readonly notes?: Facts;
}

/**
 * Every object in the catalog of one database. Columns of a table and attributes of a composite type keep
 * their order. All other objects are sorted, so that equal catalogs have equal fingerprints.
 */
export interface Fingerprint {
  readonly format: 1;
  /** `server_version_num`, such as 150018. */
  readonly serverVersionNumber: number;
  readonly entries: readonly FingerprintEntry[];
}

/** A key for maps. It is unambiguous, because no kind contains a tab. */
export function objectKey({ kind, name }: ObjectName): string {
  return `${kind}\t${name}`;
}

export function majorOfFingerprint(fingerprint: Fingerprint): number {
  return Math.floor(fingerprint.serverVersionNumber / 10_000);
}

/** Kinds whose order within their parent is a fact. */
export function isOrdered({ kind }: FingerprintEntry): boolean {
  return kind === 'column' || kind === 'attribute';
}
