import type { RestoreScope } from '../archived/restore-scope.ts';
import type { TargetFacts } from '../target/look-at-target.ts';

/** What people should look at before they let a role come into being. */
const MARKED = ['LOGIN', 'SUPERUSER', 'BYPASSRLS', 'CREATEROLE', 'REPLICATION'] as const;
type RoleAttribute = (typeof MARKED)[number];

/** A role that a restore creates. No such role has a password: a backup holds none. */
export interface PlannedRole {
  readonly name: string;
  /** What it may do besides owning objects. A role that is created only because something needs it may nothing. */
  readonly attributes: readonly RoleAttribute[];
}

const QUOTED = '"((?:[^"]|"")+)"';

/** The missing roles that are created, with `roles: all` as roles.sql creates them. */
export function plannedRoles(
  needed: readonly string[],
  rolesSql: string,
  { roles: there }: Pick<TargetFacts, 'roles'>,
  { roles }: Pick<RestoreScope, 'roles'>,
): PlannedRole[] {
  const found = new Map<string, Set<string>>(needed.map((name) => [name, new Set()]));
  if (roles === 'all') {
    for (const [, name = '', words = ''] of rolesSql.matchAll(
      new RegExp(`\\b(?:CREATE|ALTER) ROLE ${QUOTED} WITH ([A-Z ]+)`, 'g'),
    )) {
      const plain = name.replaceAll('""', '"');
      if (there.has(plain)) continue;
      const attributes = found.get(plain) ?? new Set();
      for (const word of words.split(' ')) attributes.add(word);
      found.set(plain, attributes);
    }
  }
  return [...found]
    .map(([name, words]) => ({ name, attributes: MARKED.filter((one) => words.has(one)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
