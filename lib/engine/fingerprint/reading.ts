import { hash } from 'node:crypto';
import { isSecretOption, type OptionOwner } from '../catalog/secret-names.ts';
import {
  FIRST_WITH_EMPTY_LISTS,
  isQuotedList,
  looksSecret,
  parseSetting,
  type Setting,
} from '../catalog/settings.ts';
import type { FactValue } from './fingerprint.ts';
import type { GrantKind } from './grants.ts';
import { withoutKeywordQuotes } from './identity.ts';

/**
 * How to query one fact, and how to store the answer. A plain string is SQL whose JSON value is stored
 * unchanged. A null is not stored, and `keep` is not asked about it: most answers are nulls.
 */
export type Fact =
  | string
  | { readonly sql: string; readonly keep: (value: unknown) => FactValue | undefined };

/** SQL expressions for the parts of a name, and a function that formats their JSON values as an identity. */
export interface NameReading {
  readonly parts: readonly string[];
  // Types cannot express the values that the parts' SQL returns: never[] accepts formats with any parameters.
  readonly format: (...values: never[]) => string;
}

/** The catalog row that comments, security labels and extension membership refer to. */
export interface CatalogAddress {
  readonly catalog: string;
  readonly oid: string;
  /** The column number. @default 0 */
  readonly subId?: string;
}

/**
 * How to read one kind of object: with one query over the whole catalog, never with one query per object. If
 * `inSchema` is set, `from` and `where` must call the namespace `n`.
 */
export interface Reading {
  /** SQL that yields an object kind: `'policy'`, quotes included. */
  readonly kind: string;
  readonly name: NameReading;
  readonly parent?: NameReading & { readonly kind: string };
  /** SQL for the OID of the relation that the object is, or is a part of. Absent for objects of no relation. */
  readonly relation?: string;
  readonly address: CatalogAddress;
  /** The object that is left out if it is a member of an extension. @default the address */
  readonly memberOf?: CatalogAddress;
  /** Whether to leave out the server's own schemas. */
  readonly inSchema: boolean;
  /**
   * FROM and WHERE of a cheap query that finds a row if the reading would. Absent for kinds of objects that
   * every database has.
   */
  readonly onlyIf?: string;
  readonly from: string;
  readonly where?: string;
  readonly orderBy?: string;
  readonly grants?: { readonly kind: GrantKind; readonly owner: string; readonly acl: string };
  readonly facts?: Readonly<Record<string, Fact>>;
  readonly text?: Readonly<Record<string, Fact>>;
  readonly notes?: Readonly<Record<string, Fact>>;
}

/**
 * For `onlyIf`: objects `o` of this catalog outside the server's own schemas. `namespace` is the schema
 * column.
 */
export function inOwnSchema(catalog: string, namespace: string, where = 'true'): string {
  return `pg_catalog.${catalog} o WHERE o.${namespace} IN (SELECT s.oid FROM own_schema s) AND ${where}`;
}

/**
 * Hashes a text to 128 bits of SHA-256: enough to tell texts apart, in half the space. It is computed here,
 * because the server refuses md5() under FIPS.
 */
export function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Stores the hash of a text that is too long or too private to keep: a function's source, a comment. */
export function hashed(sql: string): Fact {
  return { sql, keep: (value) => (typeof value === 'string' ? shortHash(value) : undefined) };
}

/** Names and types as the server writes them, without the quotes that depend on its list of keywords. */
export function names(sql: string): Fact {
  return {
    sql,
    keep: (value) => {
      if (typeof value === 'string') return withoutKeywordQuotes(value);
      return Array.isArray(value) ? value.map((one) => withoutKeywordQuotes(String(one))) : undefined;
    },
  };
}

/** A function by its OID: `shop.total(integer)`, with its schema wherever it is not PostgreSQL's own. */
export function routine(oid: string): Fact {
  return names(`NULLIF(${oid}::oid, 0)::pg_catalog.regprocedure::text`);
}

/** An array whose order has no meaning. */
export function unordered(sql: string): Fact {
  return {
    sql: `pg_catalog.to_json(${sql})`,
    keep: (value) => (Array.isArray(value) ? value.map(String).sort() : undefined),
  };
}

/** Names whose order has no meaning. */
export function unorderedNames(sql: string): Fact {
  return {
    sql: `pg_catalog.to_json(${sql})`,
    keep: (value) =>
      Array.isArray(value) ? value.map((one) => withoutKeywordQuotes(String(one))).sort() : undefined,
  };
}

/**
 * `name=value` settings of a function: PostgreSQL's in plain text, user-defined ones hashed, secrets by name
 * only.
 */
export function settings(sql: string, major: number): Fact {
  return keepSettings(sql, (setting) =>
    looksSecret(setting) ? setting.name : `${setting.name}=${shownValue(setting, major)}`,
  );
}

/** The settings of a role, without secrets: roles.sql withholds secrets, so no target could have them. */
export function settingsWithoutSecrets(sql: string, major: number): Fact {
  return keepSettings(sql, (setting) =>
    looksSecret(setting) ? undefined : `${setting.name}=${shownValue(setting, major)}`,
  );
}

/**
 * Options of foreign data with hashed values. Options with placeholders in the archive are given by name
 * only.
 */
export function foreignOptions(sql: string, owner: OptionOwner): Fact {
  return keepSettings(sql, ({ name, value }) =>
    isSecretOption(owner, name, value) ? name : `${name}=${shortHash(value)}`,
  );
}

function keepSettings(sql: string, line: (setting: Setting) => string | undefined): Fact {
  return {
    sql: `pg_catalog.to_json(${sql})`,
    keep: (value) => {
      if (!Array.isArray(value)) return undefined;
      return value
        .map((one) => line(parseSetting(String(one))))
        .filter((one) => one !== undefined)
        .sort();
    },
  };
}

/**
 * Before 19, a setting could become an empty list (FROM CURRENT), but no statement could write one: it is
 * restored as the list of one empty name.
 */
function shownValue({ name, value }: Setting, major: number): string {
  if (value === '' && major < FIRST_WITH_EMPTY_LISTS && isQuotedList(name)) return '""';
  return name.includes('.') ? shortHash(value) : value;
}
