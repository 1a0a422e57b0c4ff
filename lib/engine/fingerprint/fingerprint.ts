/** What an object is, in the words of its own CREATE statement. In this order a fingerprint lists its entries. */
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

/** `name` is an identity as identity.ts writes it: `public.users`, `public.total(integer,text)`, `users_pkey on public.users`. */
export interface ObjectName {
  readonly kind: ObjectKind;
  readonly name: string;
}

export type FactValue = string | number | boolean | readonly string[];

/** A fact that is not there stands for no, none, or PostgreSQL's default. */
export type Facts = Readonly<Record<string, FactValue>>;

export interface FingerprintEntry extends ObjectName {
  /** The object that this one lives and dies with: of a column, an index, a policy the table. */
  readonly parent?: ObjectName;
  /** Compared always, across majors. */
  readonly facts: Facts;
  /** Hashes of what the server deparses (definitions, defaults, conditions): compared between equal majors only. */
  readonly text?: Facts;
  /** What may differ without harm, and is only reported: an extension's version, a tablespace. */
  readonly notes?: Facts;
}

/**
 * Every object of one database's catalog. Columns of a table, and attributes of a composite type, stand in their order;
 * everything else is sorted, so that equal catalogs have equal fingerprints.
 */
export interface Fingerprint {
  readonly format: 1;
  /** `server_version_num`: 150018. */
  readonly serverVersionNumber: number;
  readonly entries: readonly FingerprintEntry[];
}

/** A key for maps; no kind holds a tab. */
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
