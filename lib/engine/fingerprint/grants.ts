import type { AclItem } from '../catalog/acl-items.ts';
import { identifier, nameOf } from './identity.ts';

interface PrivilegeSet {
  /** Everything that GRANT ALL gives, on every major. */
  readonly all: readonly string[];
  /** The owner's privileges on an object without any GRANT or REVOKE. @default `all` */
  readonly owner?: readonly string[];
  /** The privileges of PUBLIC on such an object. */
  readonly everybody?: readonly string[];
}

/** PostgreSQL manual, "Privileges", the table of access privileges. */
const PRIVILEGES = {
  table: { all: ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'] },
  column: { all: ['INSERT', 'REFERENCES', 'SELECT', 'UPDATE'], owner: [] },
  sequence: { all: ['SELECT', 'UPDATE', 'USAGE'] },
  function: { all: ['EXECUTE'], everybody: ['EXECUTE'] },
  schema: { all: ['CREATE', 'USAGE'] },
  type: { all: ['USAGE'], everybody: ['USAGE'] },
  language: { all: ['USAGE'], everybody: ['USAGE'] },
  'foreign data wrapper': { all: ['USAGE'] },
  server: { all: ['USAGE'] },
  'large object': { all: ['SELECT', 'UPDATE'] },
} as const satisfies Record<string, PrivilegeSet>;

export type GrantKind = keyof typeof PRIVILEGES;

/**
 * New in 17, and part of GRANT ALL since then. A full grant of an older server lacks it and is still full.
 */
const MAINTAIN = 'MAINTAIN';
const FIRST_MAJOR_WITH_MAINTAIN = 17;

/**
 * Describes grants as sorted lines: `alice=SELECT,UPDATE` or `PUBLIC=ALL with grant option by bob`. The
 * grantor appears only where it is not the owner. Returns undefined for the default privileges, whether the
 * ACL spells them out or not.
 */
export function describeGrants(
  kind: GrantKind,
  owner: string,
  items: readonly AclItem[] | null,
  major: number,
): readonly string[] | undefined {
  if (items === null) return undefined;
  const lines = grantLines(kind, owner, items, major);
  const untouched = untouchedLines(kind, owner, major);
  if (lines.join('\n') === untouched.join('\n')) return undefined;
  return lines.length === 0 ? ['none'] : lines;
}

/**
 * The lines of {@link describeGrants}, also for default privileges: ALTER DEFAULT PRIVILEGES spells out all
 * grants.
 */
export function grantLines(
  kind: GrantKind,
  owner: string,
  items: readonly AclItem[],
  major: number,
): readonly string[] {
  const privileges = new Map<string, { plain: Set<string>; grantable: Set<string> }>();
  for (const [grantee, privilege, grantable, grantor] of items) {
    const by = grantor === owner ? '' : ` by ${identifier(grantor)}`;
    const who = `${grantee === null ? 'PUBLIC' : identifier(grantee)}=\t${by}`;
    const held = privileges.get(who) ?? { plain: new Set(), grantable: new Set() };
    privileges.set(who, held);
    (grantable ? held.grantable : held.plain).add(privilege);
  }
  const lines: string[] = [];
  for (const [who, { plain, grantable }] of privileges) {
    const add = (held: ReadonlySet<string>, other: ReadonlySet<string>, option: string) => {
      if (held.size === 0) return;
      const all = other.size === 0 && everyPrivilege(kind, major).every((privilege) => held.has(privilege));
      lines.push(who.replace('\t', `${all ? 'ALL' : [...held].sort().join(',')}${option}`));
    };
    add(plain, grantable, '');
    add(grantable, plain, ' with grant option');
  }
  return lines.sort();
}

const LINE = /^("(?:[^"]|"")*"|[^=]+)=([A-Z,]+)( with grant option)?(?: by (.+))?$/s;

/**
 * Removes the lines of {@link grantLines} whose grantee was dropped. What a dropped role granted counts as
 * granted by the owner, because a restore grants it so.
 */
export function withoutGrantsOfGoneRoles(
  kind: GrantKind,
  owner: string,
  lines: readonly string[],
  isGone: (role: string) => boolean,
  major: number,
): readonly string[] {
  const items = itemsOf(kind, owner, lines, major).flatMap(
    ([grantee, privilege, grantable, grantor]): AclItem[] =>
      grantee !== null && isGone(grantee)
        ? []
        : [[grantee, privilege, grantable, isGone(grantor) ? owner : grantor]],
  );
  return grantLines(kind, owner, items, major);
}

function itemsOf(kind: GrantKind, owner: string, lines: readonly string[], major: number): AclItem[] {
  return lines.flatMap((line): AclItem[] => {
    const [, grantee, held, grantable, grantor] = LINE.exec(line) ?? [];
    if (grantee === undefined || held === undefined) return [];
    const privileges = held === 'ALL' ? everyPrivilege(kind, major) : held.split(',');
    const name = grantee === 'PUBLIC' ? null : nameOf(grantee);
    const by = grantor === undefined ? owner : nameOf(grantor);
    return privileges.map((one): AclItem => [name, one, grantable !== undefined, by]);
  });
}

/**
 * Describes the grants that an extension's script made on an object that is not its member (pg_init_privs).
 * pg_dump does not write them, because CREATE EXTENSION makes them again, if the extension is available. The
 * grants that initdb makes on the schema public belong to no extension.
 */
export function describeInitialGrants(
  object: string,
  kind: GrantKind,
  owner: string,
  initial: readonly AclItem[],
  major: number,
): readonly string[] {
  const given = new Set(untouchedLines(kind, owner, major));
  return grantLines(kind, owner, initial, major).filter(
    (line) => !given.has(line) && !(kind === 'schema' && object === 'public' && line.startsWith('PUBLIC=')),
  );
}

/**
 * Subtracts lines of {@link describeGrants}, privilege by privilege. Undefined where the rest is the default.
 */
export function withoutLines(
  kind: GrantKind,
  owner: string,
  lines: readonly string[],
  others: readonly string[],
  major: number,
): readonly string[] | undefined {
  const key = ([grantee, privilege, , grantor]: AclItem) => JSON.stringify([grantee, privilege, grantor]);
  const gone = new Set(itemsOf(kind, owner, others, major).map(key));
  const items = itemsOf(kind, owner, lines, major).filter((one) => !gone.has(key(one)));
  return describeGrants(kind, owner, items, major);
}

/** The lines of an object without any GRANT or REVOKE. */
export function untouchedLines(kind: GrantKind, owner: string, major: number): readonly string[] {
  return grantLines(kind, owner, defaultItems(kind, owner, major), major);
}

/**
 * Whether the lines of a server before 17 and of a server from 17 on are equal apart from MAINTAIN. The newer
 * server receives older grants as ALL or privilege by privilege, and MAINTAIN stays with the roles that have
 * it by default. Undefined lines belong to an object without any GRANT or REVOKE.
 */
export function sameGrantsButMaintain(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): boolean {
  return withoutMaintain(a) === withoutMaintain(b);
}

/** Whether one of two servers knows MAINTAIN and the other does not. */
export function maintainIsBetween(olderMajor: number, newerMajor: number): boolean {
  return olderMajor < FIRST_MAJOR_WITH_MAINTAIN && newerMajor >= FIRST_MAJOR_WITH_MAINTAIN;
}

function withoutMaintain(lines: readonly string[] | undefined): string {
  if (lines === undefined) return 'untouched';
  return lines
    .flatMap((line) => {
      const [, who, held, rest] = /^(.*)=([A-Z,]+)((?: with grant option)?(?: by .*)?)$/s.exec(line) ?? [];
      if (held === undefined) return line === 'none' ? [] : [line];
      const others = held.split(',').filter((privilege) => privilege !== MAINTAIN);
      if (others.length === 0) return [];
      const all = others.join(',') === PRIVILEGES.table.all.join(',');
      return [`${who}=${all ? 'ALL' : others.join(',')}${rest}`];
    })
    .sort()
    .join('\n');
}

function everyPrivilege(kind: GrantKind, major: number): readonly string[] {
  const { all } = PRIVILEGES[kind];
  return kind === 'table' && major >= FIRST_MAJOR_WITH_MAINTAIN ? [...all, MAINTAIN] : all;
}

function defaultItems(kind: GrantKind, owner: string, major: number): AclItem[] {
  const set: PrivilegeSet = PRIVILEGES[kind];
  return [
    ...(set.owner ?? everyPrivilege(kind, major)).map((one): AclItem => [owner, one, false, owner]),
    ...(set.everybody ?? []).map((one): AclItem => [null, one, false, owner]),
  ];
}

/** `SELECT for company_app`. */
export type Privilege = string;

/**
 * What somebody may do, privilege by privilege. `lines` are those of {@link describeGrants}; undefined means that
 * nothing was granted or revoked. The owner is called so, whoever it is.
 */
export function privilegesOf(
  kind: GrantKind,
  owner: string,
  lines: readonly string[] | undefined,
  major: number,
): ReadonlySet<Privilege> {
  const items = lines === undefined ? defaultItems(kind, owner, major) : itemsOf(kind, owner, lines, major);
  return new Set(
    items
      .filter(([, privilege]) => privilege !== MAINTAIN)
      .map(([grantee, privilege, grantable]) => {
        const who = grantee === null ? 'PUBLIC' : grantee === owner ? 'the owner' : identifier(grantee);
        return `${privilege} for ${who}${grantable ? ' with grant option' : ''}`;
      }),
  );
}
