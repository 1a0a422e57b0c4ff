import { missingExtensions, WHAT_IS_THERE } from '../archive/restore-queries.ts';
import { type DatabaseFacts, readDatabaseFacts } from '../source/catalog/database.ts';
import { USER_SCHEMA } from '../source/catalog/user-objects.ts';
import { quoteLiteral } from '../sql.ts';
import type { ServerTarget } from '../target/server.ts';
import { LEDGER_SCHEMA, readLedgerHead, type UnfinishedRestore } from './ledger.ts';
import { relationKey } from './relation-key.ts';

export interface ExistingRelation {
  readonly key: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** As the statistics say; undefined where nothing was ever counted. */
  readonly estimatedRows: number | undefined;
}

export interface TargetRole {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly mayCreateRoles: boolean;
  /** Roles that it can give objects to, itself among them. */
  readonly canActAs: ReadonlySet<string>;
}

/** What a target is and holds, before anything is done to it. */
export interface TargetFacts extends DatabaseFacts {
  /** `user@host:port/database`. */
  readonly display: string;
  readonly role: TargetRole;
  readonly roles: ReadonlySet<string>;
  /** A few names of what it holds; undefined when it is empty. */
  readonly holds: string | undefined;
  readonly relations: ReadonlyMap<string, ExistingRelation>;
  readonly sizeBytes: number;
  /** Of the backup's, those that cannot be had here. */
  readonly missingExtensions: string | undefined;
  /** The restore that was begun here and has not ended. */
  readonly unfinished: UnfinishedRestore | undefined;
  /** Whether COPY can bring text of the backup's encoding into this database's. */
  readonly takesEncoding: boolean;
  readonly freeConnections: number;
}

/** What has to be known of a backup to look at a target. */
export interface Wanted {
  readonly encoding: string;
  readonly extensions: readonly string[];
}

/** Asks a target everything that a plan needs to know. Changes nothing. */
export async function lookAtTarget(target: ServerTarget, wanted: Wanted): Promise<TargetFacts> {
  const ask = async (sql: string) => (await target.execute(sql)).rows;
  const facts = await readDatabaseFacts(ask);
  const unfinished = await readLedgerHead(target);
  const [there] = await ask(WHAT_IS_THERE);
  const [missing] = await ask(missingExtensions(wanted.extensions));
  const [conversion] = await ask(canConvert(wanted.encoding, facts.encoding));
  const [server] = await ask(SERVER);
  const roles = await ask('SELECT rolname AS name FROM pg_catalog.pg_roles');
  return {
    ...facts,
    display: target.display,
    role: await readRole(ask),
    roles: new Set(roles.map(({ name }) => String(name))),
    holds: Object.values(there ?? {})[0] ?? undefined,
    relations: await readRelations(ask),
    sizeBytes: Number(server?.size),
    missingExtensions: Object.values(missing ?? {})[0] ?? undefined,
    unfinished,
    takesEncoding: conversion?.possible === 't',
    freeConnections: Math.max(0, Number(server?.free)),
  };
}

type Ask = (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, string | null>>>>;

const SERVER = `
  SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text AS size,
         (pg_catalog.current_setting('max_connections')::int
            - pg_catalog.current_setting('superuser_reserved_connections')::int
            - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
                WHERE backend_type = 'client backend')::int)::text AS free`;

/** COPY converts by the default conversion of two encodings; SQL_ASCII on either side means no conversion. */
function canConvert(from: string, to: string): string {
  const [source, target] = [quoteLiteral(from), quoteLiteral(to)];
  return `SELECT ${source} = ${target} OR 'SQL_ASCII' IN (${source}, ${target}) OR EXISTS (
    SELECT FROM pg_catalog.pg_conversion c
     WHERE c.condefault AND c.conforencoding = pg_catalog.pg_char_to_encoding(${source})
       AND c.contoencoding = pg_catalog.pg_char_to_encoding(${target})) AS possible`;
}

async function readRole(ask: Ask): Promise<TargetRole> {
  const [role] = await ask(`
    SELECT rolname AS name, rolsuper AS super, rolcreaterole AS creates, rolbypassrls AS bypasses FROM pg_catalog.pg_roles
     WHERE rolname = CURRENT_USER`);
  const acting = await ask(
    `SELECT rolname AS name FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(CURRENT_USER, oid, 'MEMBER')`,
  );
  return {
    name: String(role?.name),
    isSuperuser: role?.super === 't',
    bypassesRowSecurity: role?.super === 't' || role?.bypasses === 't',
    mayCreateRoles: role?.super === 't' || role?.creates === 't',
    canActAs: new Set(acting.map(({ name }) => String(name))),
  };
}

async function readRelations(ask: Ask): Promise<ReadonlyMap<string, ExistingRelation>> {
  const rows = await ask(`
    SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.reltuples::bigint::text AS tuples
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE ${USER_SCHEMA} AND n.nspname <> ${quoteLiteral(LEDGER_SCHEMA)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`);
  return new Map(
    rows.map((row) => {
      const key = relationKey(String(row.schema), String(row.name));
      const tuples = Number(row.tuples);
      // 14 and later say -1 for "never analyzed"; before, 0 said the same as "empty".
      return [key, { key, kind: String(row.kind), estimatedRows: tuples < 0 ? undefined : tuples }];
    }),
  );
}
