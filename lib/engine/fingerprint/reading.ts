import { createHash } from 'node:crypto';
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

/** How one fact is asked for, and what is kept of the answer. A plain string is SQL whose JSON value is kept as it is. */
export type Fact =
  | string
  | { readonly sql: string; readonly keep: (value: unknown) => FactValue | undefined };

/** SQL expressions for the parts of a name, and how their JSON values make an identity. */
export interface NameReading {
  readonly parts: readonly string[];
  // The values are what the parts' SQL yields, which no type can tell: never[] takes formats of any parameters.
  readonly format: (...values: never[]) => string;
}

/** The catalog row that comments, security labels and extension membership hang on. */
export interface CatalogAddress {
  readonly catalog: string;
  readonly oid: string;
  /** Column number; 0 unless given. */
  readonly subId?: string;
}

/**
 * How one kind of object is read: one query over the whole catalog, never one an object. `from` and `where` name the
 * namespace `n` when `inSchema` is set.
 */
export interface Reading {
  /** SQL that yields an object kind: `'policy'`, quotes included. */
  readonly kind: string;
  readonly name: NameReading;
  readonly parent?: NameReading & { readonly kind: string };
  readonly address: CatalogAddress;
  /** Whose membership in an extension leaves this out; the address unless given. */
  readonly memberOf?: CatalogAddress;
  /** Leave out the schemas that are the server's own. */
  readonly inSchema: boolean;
  /**
   * FROM and WHERE of a look that costs next to nothing, and finds something wherever the reading does. None where there is
   * something in every database that is used.
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

/** For `onlyIf`: objects `o` of this catalog in schemas that are not the server's own, by the column that says which. */
export function inOwnSchema(catalog: string, namespace: string, where = 'true'): string {
  return `pg_catalog.${catalog} o WHERE o.${namespace} IN (SELECT s.oid FROM own_schema s) AND ${where}`;
}

/** 128 bits of SHA-256: enough to tell texts apart, and half the space. Made here, for md5() is refused under FIPS. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Text that is too long, or too private, to be kept: a function's source, a comment. */
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

/** An array whose order means nothing. */
export function unordered(sql: string): Fact {
  return {
    sql: `pg_catalog.to_json(${sql})`,
    keep: (value) => (Array.isArray(value) ? value.map(String).sort() : undefined),
  };
}

/** Names whose order means nothing. */
export function unorderedNames(sql: string): Fact {
  return {
    sql: `pg_catalog.to_json(${sql})`,
    keep: (value) =>
      Array.isArray(value) ? value.map((one) => withoutKeywordQuotes(String(one))).sort() : undefined,
  };
}

/** `name=value` settings of a function: PostgreSQL's own as they are, the user's own by hash, secrets by name alone. */
export function settings(sql: string, major: number): Fact {
  return keepSettings(sql, (setting) =>
    looksSecret(setting) ? setting.name : `${setting.name}=${shownValue(setting, major)}`,
  );
}

/** The same of a role, without secrets: roles.sql withholds them, so no target could have them. */
export function settingsWithoutSecrets(sql: string, major: number): Fact {
  return keepSettings(sql, (setting) =>
    looksSecret(setting) ? undefined : `${setting.name}=${shownValue(setting, major)}`,
  );
}

/** Options of foreign data: values by hash, and by name alone those that an archive holds placeholders for. */
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

/** Before 19 an empty list could be read (FROM CURRENT) but not written: it is restored as the list of one empty name. */
function shownValue({ name, value }: Setting, major: number): string {
  if (value === '' && major < FIRST_WITH_EMPTY_LISTS && isQuotedList(name)) return '""';
  return name.includes('.') ? shortHash(value) : value;
}
