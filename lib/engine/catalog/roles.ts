import type { QueryRows } from '../connection/query-rows.ts';
import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { catalogMajor } from './catalog-major.ts';
import { type Membership, type RoleRow, readRoles } from './read-roles.ts';
import { doBlock, oneLine, tolerated } from './script.ts';
import { looksSecret, parseSetting, setClause, type WithheldSetting, withhold } from './settings.ts';

/** The statements that create a role again. Run each list in order, role after role. */
export interface RoleStatements {
  readonly role: string;
  /** `CREATE ROLE` with the attributes that every role with CREATEROLE may give. */
  readonly create: string;
  /** One statement for each attribute that only a superuser or a role with this attribute may give. */
  readonly attributes: readonly string[];
  /** Settings, the comment, and memberships in roles that come before this one. */
  readonly rest: readonly string[];
  readonly withheld: readonly WithheldSetting[];
}

export interface RoleOptions {
  /** Roles that the host creates. They are left out, with the memberships in them. */
  readonly hostOwned?: (role: string) => boolean;
}

export interface RolesSql {
  readonly sql: string;
  readonly withheld: readonly WithheldSetting[];
}

/**
 * Statements for these roles (see roles-to-keep.ts). A role comes before its members. Predefined roles
 * (`pg_…`) exist on every server and are not created, but memberships in them are. The grantor of a
 * membership is not kept.
 */
export async function roleStatements(
  query: QueryRows,
  roleNames: readonly string[],
  { hostOwned = () => false }: RoleOptions = {},
): Promise<RoleStatements[]> {
  const kept = roleNames.filter((name) => !hostOwned(name));
  const known = new Set(kept);
  const [rows, major] = await Promise.all([readRoles(query, kept), catalogMajor(query)]);
  return parentsFirst(rows.filter(({ name }) => !isPredefined(name))).map((row) =>
    statementsOf(row, known, major),
  );
}

/**
 * Writes roles.sql, for psql or for running it statement by statement. It may run twice, and as a role that
 * is not a superuser: existing roles keep their attributes, and a warning reports what the session may not
 * do.
 */
export async function writeRolesSql(
  query: QueryRows,
  roleNames: readonly string[],
  options: RoleOptions = {},
): Promise<RolesSql> {
  const roles = await roleStatements(query, roleNames, options);
  const lines = [
    '-- The roles that the database names, their members, and the roles of which they are members.',
    '-- The backup holds no passwords. Set them with ALTER ROLE … PASSWORD, or with \\password in psql.',
    '',
    ...roles.flatMap((role) => [
      `-- Role ${oneLine(role.role)}`,
      createUnlessThere(role),
      ...role.rest.map((statement) => doBlock(tolerated(`role ${role.role}`, statement))),
      ...role.withheld.map(
        ({ placeholder }) => `-- Left out, because it looks like a secret: ${placeholder}`,
      ),
      '',
    ]),
  ];
  return { sql: lines.join('\n'), withheld: roles.flatMap(({ withheld }) => withheld) };
}

function createUnlessThere({ role, create, attributes }: RoleStatements): string {
  return doBlock(`BEGIN
IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(role)}) THEN
  RAISE NOTICE 'role % exists and keeps its attributes', ${quoteLiteral(role)};
ELSE
  ${[create, ...attributes.map((one) => tolerated(`role ${role}`, one))].map((one) => `${one};`).join('\n  ')}
END IF;
END`);
}

function statementsOf(row: RoleRow, known: ReadonlySet<string>, major: number): RoleStatements {
  const name = quoteIdentifier(row.name);
  const plain = [
    row.login ? 'LOGIN' : 'NOLOGIN',
    row.inherit ? 'INHERIT' : 'NOINHERIT',
    ...(row.createRole ? ['CREATEROLE'] : []),
    ...(row.connectionLimit === -1 ? [] : [`CONNECTION LIMIT ${row.connectionLimit}`]),
    ...(row.validUntil === null ? [] : [`VALID UNTIL ${quoteLiteral(row.validUntil)}`]),
  ];
  const privileged = [
    ...(row.createDatabase ? ['CREATEDB'] : []),
    ...(row.replication ? ['REPLICATION'] : []),
    ...(row.bypassRowSecurity ? ['BYPASSRLS'] : []),
    ...(row.superuser ? ['SUPERUSER'] : []),
  ];
  const settings = row.settings.map(parseSetting);
  return {
    role: row.name,
    create: `CREATE ROLE ${name} WITH ${plain.join(' ')}`,
    attributes: privileged.map((attribute) => `ALTER ROLE ${name} WITH ${attribute}`),
    rest: [
      ...settings
        .filter((one) => !looksSecret(one))
        .map((one) => `ALTER ROLE ${name} ${setClause(one, major)}`),
      ...(row.comment === null ? [] : [`COMMENT ON ROLE ${name} IS ${quoteLiteral(row.comment)}`]),
      ...row.memberOf.filter(({ role }) => known.has(role)).map((one) => grantTo(name, one)),
    ],
    withheld: settings.filter(looksSecret).map((one) => withhold(`role ${row.name}`, one)),
  };
}

/**
 * Before 16 a membership has one option. From 16 on it has three, and their defaults depend on the member.
 */
function grantTo(member: string, { role, admin, inherit, set }: Membership): string {
  const granted = `GRANT ${quoteIdentifier(role)} TO ${member}`;
  if (inherit === null || set === null) return admin ? `${granted} WITH ADMIN OPTION` : granted;
  const options = { ADMIN: admin, INHERIT: inherit, SET: set };
  return `${granted} WITH ${Object.entries(options)
    .map(([option, value]) => `${option} ${value ? 'TRUE' : 'FALSE'}`)
    .join(', ')}`;
}

/** Sorts roles before their members. PostgreSQL refuses circular memberships. */
function parentsFirst(rows: readonly RoleRow[]): RoleRow[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const ordered = new Set<RoleRow>();
  const add = (row: RoleRow) => {
    if (ordered.has(row)) return;
    for (const { role } of row.memberOf) {
      const parent = byName.get(role);
      if (parent) add(parent);
    }
    ordered.add(row);
  };
  for (const row of rows) add(row);
  return [...ordered];
}

function isPredefined(role: string): boolean {
  return role.startsWith('pg_');
}
