import { type AclItem, aclItems } from '../catalog/acl-items.ts';
import { isKept, type Omissions } from '../catalog/omissions.ts';
import { notInExtension, USER_SCHEMA } from '../catalog/user-objects.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { decodeScript, readableText } from '../sql-script/script-text.ts';
import { deparsed } from './deparsed-text.ts';
import type { Facts, FactValue, FingerprintEntry, ObjectKind } from './fingerprint.ts';
import { describeGrants, describeInitialGrants, type GrantKind } from './grants.ts';
import { type Fact, hashed, type NameReading, type Reading, unordered } from './reading.ts';

type Part = readonly [name: string, fact: Fact];

/** All expressions that one reading selects, in the order of the values in its rows. */
interface Layout {
  readonly facts: readonly Part[];
  readonly text: readonly Part[];
  readonly notes: readonly Part[];
}

const REMARKS: readonly Part[] = [
  ['comment', hashed('remark.description')],
  ['securityLabels', unordered('seal.labels')],
];

/** The properties of the server that the readings depend on. */
export interface CatalogServer {
  readonly major: number;
  /** The database's encoding. */
  readonly encoding: string;
  readonly omissions: Omissions;
  /** OIDs of the only relations to describe. @default all of the database */
  readonly relations?: readonly string[];
  /** Returns deparsed text itself, for a closer look; it must never be stored. @default a hash of it */
  readonly plainText?: boolean;
}

/** Runs some readings. Each row is one JSON array, so that the driver's type conversions do not matter. */
export async function readCatalogEntries(
  query: QueryRows,
  readings: readonly Reading[],
  server: CatalogServer,
): Promise<FingerprintEntry[]> {
  const { encoding } = server;
  const raw = encoding === 'SQL_ASCII';
  const asked = readings.map((reading) => ({ reading, layout: layoutOf(reading) }));
  const answers = await Promise.all(
    asked.map(({ reading, layout }) => query(selectLines(reading, layout, server, raw))),
  );
  return asked.flatMap(({ reading, layout }, index) =>
    (answers[index] ?? []).map(({ line }) => {
      const json = raw ? decodeBytes(Buffer.from(String(line), 'hex')) : String(line);
      return entryOf(JSON.parse(json) as unknown[], reading, layout, server);
    }),
  );
}

function layoutOf(reading: Reading): Layout {
  return {
    facts: [...Object.entries(reading.facts ?? {}), ...REMARKS],
    text: Object.entries(reading.text ?? {}),
    notes: Object.entries(reading.notes ?? {}),
  };
}

/**
 * A SQL_ASCII database holds bytes of any encoding. Text that is not UTF-8 is read as one character per byte.
 */
function decodeBytes(bytes: Buffer): string {
  return readableText(decodeScript(bytes));
}

function selectLines(
  reading: Reading,
  layout: Layout,
  { omissions, relations }: CatalogServer,
  raw: boolean,
): string {
  const { address } = reading;
  const catalog = `'pg_catalog.${address.catalog}'::pg_catalog.regclass`;
  const subId = address.subId ?? '0';
  const values = [
    reading.kind,
    ...reading.name.parts,
    ...(reading.parent ? [reading.parent.kind, ...reading.parent.parts] : []),
    ...(reading.grants
      ? [
          ownerName(reading.grants.owner),
          aclItems(reading.grants.acl),
          `CASE WHEN ${reading.grants.acl} IS NOT NULL THEN (
             SELECT ${aclItems('i.initprivs')} FROM pg_catalog.pg_init_privs i
              WHERE i.classoid = ${catalog} AND i.objoid = ${address.oid} AND i.objsubid = ${subId}) END`,
        ]
      : []),
    ...[...layout.facts, ...layout.text, ...layout.notes].map(([, fact]) => sqlOf(fact)),
  ];
  const conditions = [
    ...(reading.where ? [reading.where] : []),
    ...(reading.inSchema ? [USER_SCHEMA] : []),
    notInExtension(reading.memberOf ?? address),
    isKept(omissions, address.catalog, address.oid),
    ...(relations ? [`${reading.relation} = ANY ('{${relations.join(',')}}'::pg_catalog.oid[])`] : []),
  ];
  const line = `pg_catalog.json_build_array(${values.join(', ')})::text`;
  return `
    SELECT ${raw ? `pg_catalog.encode(pg_catalog.convert_to(${line}, 'SQL_ASCII'), 'hex')` : line} AS line
      FROM ${reading.from}
      LEFT JOIN pg_catalog.pg_description remark
        ON remark.classoid = ${catalog} AND remark.objoid = ${address.oid} AND remark.objsubid = ${subId}
      LEFT JOIN (SELECT l.classoid, l.objoid, l.objsubid,
                        pg_catalog.array_agg(l.provider || ': ' || l.label) AS labels
                   FROM pg_catalog.pg_seclabel l GROUP BY 1, 2, 3) seal
        ON seal.classoid = ${catalog} AND seal.objoid = ${address.oid} AND seal.objsubid = ${subId}
     WHERE ${conditions.map((one) => `(${one})`).join('\n       AND ')}
     ${reading.orderBy ? `ORDER BY ${reading.orderBy}` : ''}`;
}

function entryOf(
  values: readonly unknown[],
  reading: Reading,
  layout: Layout,
  { major, plainText }: CatalogServer,
): FingerprintEntry {
  let position = 0;
  const next = () => values[position++];
  const nameOf = ({ parts, format }: NameReading) => format(...(parts.map(next) as never[]));

  const kind = next() as ObjectKind;
  const name = nameOf(reading.name);
  const parentKind = reading.parent && (next() as ObjectKind | null);
  const parentName = reading.parent && nameOf(reading.parent);
  const grants = reading.grants && grantFacts(name, reading.grants.kind, next, major);
  const facts = keep(layout.facts, next) ?? {};
  const plain = keep(layout.text, next);
  const text = plain && !plainText ? deparsed(plain) : plain;
  const notes = keep(layout.notes, next);
  const entry: { -readonly [Key in keyof FingerprintEntry]: FingerprintEntry[Key] } = {
    kind,
    name,
    ...(parentKind && parentName ? { parent: { kind: parentKind, name: parentName } } : {}),
    facts: grants ? { ...facts, ...grants } : facts,
  };
  if (text) entry.text = text;
  if (notes) entry.notes = notes;
  return entry;
}

function grantFacts(object: string, kind: GrantKind, next: () => unknown, major: number): Facts | undefined {
  const owner = next() as string;
  const items = next() as AclItem[] | null;
  const initial = next() as AclItem[] | null;
  // Most objects have neither, and all columns.
  if (items === null && initial === null) return undefined;
  const grants = describeGrants(kind, owner, items, major);
  const ofExtensions = describeInitialGrants(object, kind, owner, initial ?? [], major);
  return {
    ...(grants ? { grants } : {}),
    ...(ofExtensions.length > 0 ? { grantsOfExtensions: ofExtensions } : {}),
  };
}

/** The facts that say something; undefined if none does. */
function keep(parts: readonly Part[], next: () => unknown): Facts | undefined {
  let facts: Record<string, FactValue> | undefined;
  for (const [name, fact] of parts) {
    const value = next();
    if (value === null) continue;
    const kept = typeof fact === 'string' ? (value as FactValue) : fact.keep(value);
    if (kept === undefined || kept === false || kept === '') continue;
    if (Array.isArray(kept) && kept.length === 0) continue;
    facts ??= {};
    facts[name] = kept;
  }
  return facts;
}

function sqlOf(fact: Fact): string {
  return typeof fact === 'string' ? fact : fact.sql;
}

function ownerName(owner: string): string {
  return `pg_catalog.pg_get_userbyid(${owner})`;
}
