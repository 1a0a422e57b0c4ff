import * as v from 'valibot';

const names = v.array(v.string());
/** Not `v.record`, which would lose a role that is called `constructor`. */
const roleMap = v.custom<Record<string, string>>(
  (map) =>
    typeof map === 'object' && map !== null && Object.values(map).every((role) => typeof role === 'string'),
  'it is no map of roles',
);

/** What of a backup is restored, and as whose: all that a restore that was cut must know to go on as it began. */
export const restoreScopeSchema = v.strictObject({
  /** `schema.table`; a name without its schema where only one schema has it. Views and sequences, too. */
  tables: v.optional(names),
  schemas: v.optional(names),
  excludeTables: v.optional(names),
  excludeSchemas: v.optional(names),
  /** Of one table: its name in the target, with or without a schema. */
  as: v.optional(v.string()),
  /** @default all */
  content: v.optional(v.picklist(['all', 'schema', 'data'])),
  /** Everything belongs to the role that restores. */
  noOwner: v.optional(v.boolean()),
  /** No GRANT, no REVOKE, no default privileges. */
  noPrivileges: v.optional(v.boolean()),
  /** Roles of the backup that are others in the target. */
  mapRoles: v.optional(roleMap),
  /**
   * `needed`: those that are named and missing are created without LOGIN. `all`: as the backup has them, with their
   * memberships and settings, without passwords. @default needed
   */
  roles: v.optional(v.picklist(['needed', 'all'])),
  /** Also the database's own settings, owner, grants and comment. */
  databaseSettings: v.optional(v.boolean()),
  /** Names of tables and schemas, those first that are needed first; what none names comes last. @default the backup's own */
  tiers: v.optional(v.array(names)),
  /** Everything at once, though the backup has tiers of its own. */
  noTiers: v.optional(v.boolean()),
});

export type RestoreScope = v.InferOutput<typeof restoreScopeSchema>;

/** Only what is said: an empty list, and a no, say nothing. */
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
