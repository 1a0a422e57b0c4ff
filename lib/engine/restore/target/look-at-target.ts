import { type DatabaseFacts, readDatabaseFacts } from '../../catalog/database.ts';
import { LEDGER_SCHEMA, OWN_SCHEMAS, STAGING_SCHEMA } from '../../catalog/own-schemas.ts';
import { USER_SCHEMA } from '../../catalog/user-objects.ts';
import { gathered } from '../../connection/query-rows.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import { missingExtensions, WHAT_IS_THERE } from '../../handover/restore-queries.ts';
import { FREE_CONNECTIONS } from '../../health/measures/connections.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { ResultRow } from '../../target/target.ts';
import { relationKey } from '../archived/relation-key.ts';
import { DEFAULT_GRANTS, type DefaultGrants, defaultGrantsOf } from './default-grants-there.ts';
import { EVENT_TRIGGERS, type EventTriggerState, eventTriggersOf } from './event-trigger-silence.ts';
import { type Going, NOTHING_GOES } from './going-with.ts';
import { readLedgerHead, type UnfinishedRestore } from './ledger.ts';
import { OBJECTS_THERE, objectsThere } from './objects-there.ts';
import { type Newer, NOTHING_NEWER } from './parts-there.ts';
import { READ_ONLY_DEFAULT, type ReadOnlyDefault, readOnlyDefaultOf } from './read-only-by-default.ts';

export interface ExistingRelation {
  readonly key: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** From the statistics; undefined if the table was never analyzed. */
  readonly estimatedRows: number | undefined;
  /** Whether the role may insert rows and read them back; for a sequence, whether it may set the value. */
  readonly mayFill: boolean;
  /** Whether the role may empty the table with TRUNCATE. */
  readonly mayEmpty: boolean;
}

export interface TargetRole {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly mayCreateRoles: boolean;
  /** Roles that it can make the owner of objects, itself included. */
  readonly canActAs: ReadonlySet<string>;
}

/** What a target is and holds before the restore changes it. */
export interface TargetFacts extends DatabaseFacts {
  /** `user@host:port/database`. */
  readonly display: string;
  readonly role: TargetRole;
  readonly roles: ReadonlySet<string>;
  /** The names of a few objects in it; undefined when it is empty. */
  readonly holds: string | undefined;
  readonly relations: ReadonlyMap<string, ExistingRelation>;
  /** Other objects that can refer to a table, by objectKey: constraints, policies, routines. */
  readonly objects: ReadonlySet<string>;
  /** What goes with the relations that this restore replaces; asked once they are known. */
  readonly going: Going;
  /** What else is on those relations that the backup does not have; asked with it. */
  readonly newer: Newer;
  /** What makes sessions read-only unless they say otherwise; empty if nothing does. */
  readonly readOnlyDefault: readonly ReadOnlyDefault[];
  /** Whether the role may create schemas. */
  readonly mayCreateSchemas: boolean;
  /** Schemas with the names in which a restore makes things beside, and whether a restore made them. */
  readonly stagingThere: ReadonlyMap<string, boolean>;
  /** Schemas whose owner the role cannot act as. */
  readonly schemasOfOthers: ReadonlySet<string>;
  /** Triggers and policies on tables of such schemas: {@link onRelationKey}. */
  readonly onTablesOfOthers: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
  /** Extensions that a role without superuser rights may create here. */
  readonly trustedExtensions: ReadonlySet<string>;
  /** What the role's own default privileges in this database give to others. */
  readonly defaultGrants: DefaultGrants;
  /** The event triggers that fire. */
  readonly eventTriggers: readonly EventTriggerState[];
  readonly sizeBytes: number;
  /** Extensions of the backup that this server does not have. */
  readonly missingExtensions: string | undefined;
  /** The restore that began here and has not ended. */
  readonly unfinished: UnfinishedRestore | undefined;
  /** Whether COPY can convert text from the backup's encoding to this database's. */
  readonly takesEncoding: boolean;
  readonly freeConnections: number;
}

/** The facts about a backup that are needed to look at a target. */
export interface Wanted {
  readonly encoding: string;
  readonly extensions: readonly string[];
}

/** Asks a target everything that a plan needs, in few round trips. Changes nothing. */
export async function lookAtTarget(target: ServerTarget, wanted: Wanted): Promise<TargetFacts> {
  const facts = await readDatabaseFacts(gathered(target.queryAll));
  const unfinished = await readLedgerHead(target);
  const answers = await target.askAll({
    there: WHAT_IS_THERE,
    missing: missingExtensions(wanted.extensions),
    conversion: canConvert(wanted.encoding, facts.encoding),
    server: SERVER,
    role: ROLE,
    acting: CAN_ACT_AS,
    roles: 'SELECT rolname AS name FROM pg_catalog.pg_roles',
    relations: RELATIONS,
    objects: OBJECTS_THERE,
    stagingThere: STAGING_THERE,
    ownSchemas: OWN_SCHEMAS,
    schemasOfOthers: SCHEMAS_OF_OTHERS,
    onTablesOfOthers: ON_TABLES_OF_OTHERS,
    extensions: 'SELECT extname AS name FROM pg_catalog.pg_extension',
    trusted: TRUSTED_EXTENSIONS,
    defaultGrants: DEFAULT_GRANTS,
    eventTriggers: EVENT_TRIGGERS,
    readOnly: READ_ONLY_DEFAULT,
  });
  const [server] = answers.server;
  return {
    ...facts,
    display: target.display,
    role: roleOf(answers.role, answers.acting),
    roles: namesOf(answers.roles),
    holds: onlyValue(answers.there),
    relations: relationsOf(answers.relations),
    objects: objectsThere(answers.objects),
    going: NOTHING_GOES,
    newer: NOTHING_NEWER,
    readOnlyDefault: readOnlyDefaultOf(answers.readOnly),
    mayCreateSchemas: server?.creates === 't',
    stagingThere: stagingOf(answers.stagingThere, namesOf(answers.ownSchemas)),
    schemasOfOthers: namesOf(answers.schemasOfOthers),
    onTablesOfOthers: new Set(answers.onTablesOfOthers.map(keyOnRelation)),
    extensions: namesOf(answers.extensions),
    trustedExtensions: namesOf(answers.trusted),
    defaultGrants: defaultGrantsOf(answers.defaultGrants),
    eventTriggers: eventTriggersOf(answers.eventTriggers),
    sizeBytes: Number(server?.size),
    missingExtensions: onlyValue(answers.missing),
    unfinished,
    takesEncoding: onlyValue(answers.conversion) === 't',
    freeConnections: Math.max(0, Number(server?.free)),
  };
}

function namesOf(rows: readonly ResultRow[]): ReadonlySet<string> {
  return new Set(rows.map(({ name }) => String(name)));
}

/** The value of a result with one row and one column. */
function onlyValue([row]: readonly ResultRow[]): string | undefined {
  return Object.values(row ?? {})[0] ?? undefined;
}

const SERVER = `
  SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text AS size,
         pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS creates,
         ${FREE_CONNECTIONS}::text AS free`;

const TRUSTED_EXTENSIONS = `
  SELECT e.name FROM pg_catalog.pg_available_extensions e
    JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
   WHERE v.trusted OR NOT v.superuser`;

const IS_OF_OTHERS = `${USER_SCHEMA} AND NOT pg_catalog.pg_has_role(CURRENT_USER, n.nspowner, 'MEMBER')`;
const SCHEMAS_OF_OTHERS = `SELECT n.nspname AS name FROM pg_catalog.pg_namespace n WHERE ${IS_OF_OTHERS}`;

const STAGING_THERE = `
  SELECT n.nspname AS name FROM pg_catalog.pg_namespace n WHERE pg_catalog.left(n.nspname, ${STAGING_SCHEMA.length}) = ${quoteLiteral(STAGING_SCHEMA)}`;

function stagingOf(there: readonly ResultRow[], own: ReadonlySet<string>): ReadonlyMap<string, boolean> {
  return new Map([...namesOf(there)].map((name) => [name, own.has(name)]));
}

/** The key of a trigger or policy, from the relation that it is on. */
export function onRelationKey(relation: string, kind: 'trigger' | 'policy', name: string): string {
  return `${relation} ${kind} ${name}`;
}

const ON_TABLES_OF_OTHERS = `
  SELECT n.nspname AS schema, c.relname AS relation, o.kind, o.name
    FROM (SELECT 'trigger' AS kind, tgrelid AS relation, tgname AS name FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
          UNION ALL SELECT 'policy', polrelid, polname FROM pg_catalog.pg_policy) o
    JOIN pg_catalog.pg_class c ON c.oid = o.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE ${IS_OF_OTHERS}`;

function keyOnRelation({ schema, relation, kind, name }: ResultRow): string {
  return onRelationKey(
    relationKey(String(schema), String(relation)),
    kind === 'trigger' ? 'trigger' : 'policy',
    String(name),
  );
}

/** COPY uses the default conversion between two encodings; SQL_ASCII on either side means no conversion. */
function canConvert(from: string, to: string): string {
  const [source, target] = [quoteLiteral(from), quoteLiteral(to)];
  return `SELECT ${source} = ${target} OR 'SQL_ASCII' IN (${source}, ${target}) OR EXISTS (
    SELECT FROM pg_catalog.pg_conversion c
     WHERE c.condefault AND c.conforencoding = pg_catalog.pg_char_to_encoding(${source})
       AND c.contoencoding = pg_catalog.pg_char_to_encoding(${target})) AS possible`;
}

const ROLE = `
  SELECT rolname AS name, rolsuper AS super, rolcreaterole AS creates, rolbypassrls AS bypasses FROM pg_catalog.pg_roles
   WHERE rolname = CURRENT_USER`;
const CAN_ACT_AS = `
  SELECT rolname AS name FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(CURRENT_USER, oid, 'MEMBER')`;

function roleOf([role]: readonly ResultRow[], acting: readonly ResultRow[]): TargetRole {
  return {
    name: String(role?.name),
    isSuperuser: role?.super === 't',
    bypassesRowSecurity: role?.super === 't' || role?.bypasses === 't',
    mayCreateRoles: role?.super === 't' || role?.creates === 't',
    canActAs: namesOf(acting),
  };
}

const RELATIONS = `
  SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.reltuples::bigint::text AS tuples,
         CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')
              ELSE pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
          END AS fill,
         c.relkind <> 'S' AND pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') AS empties
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE ${USER_SCHEMA} AND n.nspname <> ${quoteLiteral(LEDGER_SCHEMA)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`;

function relationsOf(rows: readonly ResultRow[]): ReadonlyMap<string, ExistingRelation> {
  return new Map(
    rows.map((row) => {
      const key = relationKey(String(row.schema), String(row.name));
      const tuples = Number(row.tuples);
      // From 14 on -1 means "never analyzed"; before, 0 meant both that and "empty".
      const estimatedRows = tuples < 0 ? undefined : tuples;
      const [mayFill, mayEmpty] = [row.fill === 't', row.empties === 't'];
      return [key, { key, kind: String(row.kind), estimatedRows, mayFill, mayEmpty }];
    }),
  );
}
