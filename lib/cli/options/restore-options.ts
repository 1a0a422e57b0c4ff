import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RestoreScope } from '../../engine/restore/archived/restore-scope.ts';
import { several } from './several.ts';
import { tier } from './tier.ts';

/** Options of a restore that say what, how, and what is allowed. */
export interface RestoreOptions {
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly excludeTable?: readonly string[];
  readonly excludeSchema?: readonly string[];
  readonly as?: string;
  readonly dataOnly?: boolean;
  readonly schemaOnly?: boolean;
  /** commander's way with `--no-…`: true unless it was given. */
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly mapRole?: Readonly<Record<string, string>>;
  readonly roles?: boolean;
  readonly databaseSettings?: boolean;
  readonly tier?: ReadonlyArray<readonly string[]>;
  readonly tiers: boolean;
  readonly intoExisting?: boolean;
  readonly intoSource?: boolean;
  readonly safetyBackup: boolean;
  readonly createDatabase?: boolean;
  readonly unproven?: boolean;
  readonly resume?: boolean;
  readonly compare: boolean;
}

export function addRestoreOptions(command: Command): Command {
  return command
    .optionsGroup('Which part:')
    .option(
      '--table <name>',
      'only this table, with its indexes, keys and policies (may be repeated)',
      several,
    )
    .option('--schema <name>', 'only this schema (may be repeated)', several)
    .option('--exclude-table <name>', 'without this table (may be repeated)', several)
    .option('--exclude-schema <name>', 'without this schema (may be repeated)', several)
    .option(
      '--as <name>',
      'of one --table: another name, or another schema.name, beside the one that is there',
    )
    .addOption(
      new Option('--data-only', 'only rows, into tables that are there').conflicts(['schemaOnly', 'as']),
    )
    .option('--schema-only', 'everything but rows and large objects')
    .optionsGroup('Owners and roles:')
    .option('--no-owner', 'everything belongs to the role that restores')
    .option('--no-privileges', 'without GRANT, REVOKE and default privileges')
    .option('--map-role <old=new>', 'another role in the place of one (may be repeated)', mappedRole)
    .option('--roles', 'create missing roles as they were, with memberships; else without LOGIN')
    .option('--database-settings', "the database's own settings, owner, grants and comment as well")
    .optionsGroup('What may be overwritten:')
    .option('--into-existing', 'into a database that is not empty; what has a name of the backup is replaced')
    .option('--into-source', 'into the very database that the backup was taken of')
    .option('--no-safety-backup', 'do not back up what is there before overwriting it')
    .optionsGroup('How:')
    .option('--create-database', 'create the database first, with the encoding and order of the source')
    .option('--unproven', 'although no drill has proven the backup')
    .option('--resume', 'go on with a restore that was cut')
    .option(
      '--tier <names>',
      "tables or schemas, with commas, that are usable before the rest is loaded (may be repeated, the first first; the backup's own)",
      tier,
    )
    .addOption(
      new Option('--no-tiers', 'everything at once, though the backup has tiers').conflicts(['tier']),
    )
    .option('--no-compare', 'do not read the rows out again to compare them');
}

/** What of it a restore that is resumed has to know again. */
export function scopeFrom(options: RestoreOptions): RestoreScope {
  return {
    ...(options.table ? { tables: [...options.table] } : {}),
    ...(options.schema ? { schemas: [...options.schema] } : {}),
    ...(options.excludeTable ? { excludeTables: [...options.excludeTable] } : {}),
    ...(options.excludeSchema ? { excludeSchemas: [...options.excludeSchema] } : {}),
    ...(options.as === undefined ? {} : { as: options.as }),
    ...(options.dataOnly ? { content: 'data' } : options.schemaOnly ? { content: 'schema' } : {}),
    ...(options.owner ? {} : { noOwner: true }),
    ...(options.privileges ? {} : { noPrivileges: true }),
    ...(options.mapRole ? { mapRoles: options.mapRole } : {}),
    ...(options.roles ? { roles: 'all' } : {}),
    ...(options.databaseSettings ? { databaseSettings: true } : {}),
    ...(options.tier ? { tiers: options.tier.map((names) => [...names]) } : {}),
    ...(options.tiers ? {} : { noTiers: true }),
  };
}

function mappedRole(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, from, to] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw new InvalidArgumentError('It has to be old=new: the role of the backup and the one of the target.');
  }
  return { ...previous, [from]: to };
}
