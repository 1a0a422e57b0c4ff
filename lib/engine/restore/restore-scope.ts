import * as z from 'zod';

const names = z.array(z.string());

/** What of a backup is restored, and as whose: all that a restore that was cut must know to go on as it began. */
export const restoreScopeSchema = z.strictObject({
  /** `schema.table`; a name without its schema where only one schema has it. Views and sequences, too. */
  tables: names.optional(),
  schemas: names.optional(),
  excludeTables: names.optional(),
  excludeSchemas: names.optional(),
  /** Of one table: its name in the target, with or without a schema. */
  as: z.string().optional(),
  /** @default all */
  content: z.enum(['all', 'schema', 'data']).optional(),
  /** Everything belongs to the role that restores. */
  noOwner: z.boolean().optional(),
  /** No GRANT, no REVOKE, no default privileges. */
  noPrivileges: z.boolean().optional(),
  /** Roles of the backup that are others in the target. */
  mapRoles: z.record(z.string(), z.string()).optional(),
  /**
   * `needed`: those that are named and missing are created without LOGIN. `all`: as the backup has them, with their
   * memberships and settings, without passwords. @default needed
   */
  roles: z.enum(['needed', 'all']).optional(),
  /** Also the database's own settings, owner, grants and comment. */
  databaseSettings: z.boolean().optional(),
  /** Names of tables and schemas, those first that are needed first; what none names comes last. @default the backup's own */
  tiers: z.array(names).optional(),
  /** Everything at once, though the backup has tiers of its own. */
  noTiers: z.boolean().optional(),
});

export type RestoreScope = z.infer<typeof restoreScopeSchema>;

/** Only what is said: an empty list, and a no, say nothing. */
export function scopeOf(request: RestoreScope): RestoreScope {
  const keys = restoreScopeSchema.keyof().options;
  return restoreScopeSchema.parse(
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
