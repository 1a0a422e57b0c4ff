import * as v from 'valibot';

const names = v.array(v.string());
/** `v.record` would lose a role called `constructor`. */
const roleMap = v.custom<Record<string, string>>(
  (map) =>
    typeof map === 'object' && map !== null && Object.values(map).every((role) => typeof role === 'string'),
  'it is not a map of roles',
);

/** The part of a backup that is restored, and for which owners. `resume` needs all of it to continue. */
export const restoreScopeSchema = v.strictObject({
  /** `schema.table`, or a name alone if only one schema has it; also views and sequences. */
  tables: v.optional(names),
  schemas: v.optional(names),
  excludeTables: v.optional(names),
  excludeSchemas: v.optional(names),
  /** The name of the one table in the target, with or without a schema. */
  as: v.optional(v.string()),
  /** The schema into which the one schema, or the tables, are restored instead of their own. */
  asSchema: v.optional(v.string()),
  /** What is added to the name of each table, and of all that belongs to it. */
  asSuffix: v.optional(v.string()),
  /** @default all */
  content: v.optional(v.picklist(['all', 'schema', 'data'])),
  /** The role that restores owns everything. */
  noOwner: v.optional(v.boolean()),
  /** No GRANT, no REVOKE, no default privileges. */
  noPrivileges: v.optional(v.boolean()),
  /** Roles of the backup that have another name in the target. */
  mapRoles: v.optional(roleMap),
  /**
   * `needed` creates the missing roles that the backup names, without LOGIN. `all` creates all roles as the
   * backup has them, with their memberships and settings, without passwords.
   * @default needed
   */
  roles: v.optional(v.picklist(['needed', 'all'])),
  /**
   * Whether objects of the backup that refer to the restored tables, and that the target lacks or would lose, are
   * made, too. `only`: nothing else is.
   * @default `with` if nothing is overwritten
   */
  dependents: v.optional(v.picklist(['with', 'without', 'only'])),
  /** Restores also the database's own settings, owner, grants and comment. */
  databaseSettings: v.optional(v.boolean()),
  /**
   * Names of tables and schemas in order of priority; relations without a tier come last.
   * @default the backup's own
   */
  tiers: v.optional(v.array(names)),
  /** Restores everything at once, even if the backup has tiers of its own. */
  noTiers: v.optional(v.boolean()),
});

export type RestoreScope = v.InferOutput<typeof restoreScopeSchema>;

/** Takes only the options that are set: an empty list or map and `false` count as not set. */
export function scopeOf(request: RestoreScope): RestoreScope {
  const keys = v.keyof(restoreScopeSchema).options;
  return v.parse(
    restoreScopeSchema,
    Object.fromEntries(keys.filter((key) => saysSomething(request[key])).map((key) => [key, request[key]])),
  );
}

function saysSomething(value: RestoreScope[keyof RestoreScope]): boolean {
  return typeof value === 'object' ? Object.keys(value).length > 0 : value !== undefined && value !== false;
}

/** Whether nothing was narrowed, renamed or left out. */
export function isWhole({ tables, schemas, excludeTables, excludeSchemas, content }: RestoreScope): boolean {
  return !tables && !schemas && !excludeTables && !excludeSchemas && (content ?? 'all') === 'all';
}
