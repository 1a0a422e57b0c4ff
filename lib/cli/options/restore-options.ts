import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RestoreScope } from '../../engine/restore/archived/restore-scope.ts';
import { wholeNumber } from './option-values.ts';
import { several } from './several.ts';
import { tier } from './tier.ts';

/** Options that say what a restore restores, how, and what it may overwrite. */
export interface RestoreOptions {
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly excludeTable?: readonly string[];
  readonly excludeSchema?: readonly string[];
  readonly as?: string;
  readonly asSchema?: string;
  readonly asSuffix?: string;
  readonly dataOnly?: boolean;
  readonly schemaOnly?: boolean;
  /** True unless `--no-owner` was given: commander's rule for `--no-…`. */
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly mapRole?: Readonly<Record<string, string>>;
  readonly roles?: boolean;
  readonly databaseSettings?: boolean;
  readonly tier?: ReadonlyArray<readonly string[]>;
  readonly tiers: boolean;
  readonly intoExisting?: boolean;
  readonly intoSource?: boolean;
  readonly discardNewer?: boolean;
  readonly safetyBackup: boolean;
  readonly createDatabase?: boolean;
  readonly unproven?: boolean;
  readonly resume?: boolean;
  readonly keepErased?: boolean;
  readonly eraseFollowers?: boolean;
  readonly compare: boolean;
  readonly withDependents?: boolean;
  readonly withoutDependents?: boolean;
  readonly onlyDependents?: boolean;
  readonly lockPatience?: number;
}

export function addRestoreOptions(command: Command): Command {
  return command
    .optionsGroup('Which part:')
    .option('--table <name>', 'only this table, with its indexes, keys and policies (repeatable)', several)
    .option('--schema <name>', 'only this schema (repeatable)', several)
    .option('--exclude-table <name>', 'leave out this table (repeatable)', several)
    .option('--exclude-schema <name>', 'leave out this schema (repeatable)', several)
    .option('--as <name>', 'restore one --table under another name or schema.name, beside the existing table')
    .option(
      '--as-schema <name>',
      'restore one --schema under this new name, or each --table into this schema, beside what exists',
    )
    .option('--as-suffix <text>', 'restore each --table under its name with this text added')
    .addOption(
      new Option('--data-only', 'restore only rows, into existing tables').conflicts(['schemaOnly', 'as']),
    )
    .option('--schema-only', 'leave out rows and large objects')
    .option(
      '--with-dependents',
      'with --table: also make what in the backup refers to the table and is missing, or goes with it: foreign keys of other tables, views, rules (default if nothing is overwritten)',
    )
    .addOption(
      new Option(
        '--without-dependents',
        'leave them out; the report names them, and the exit code is 7',
      ).conflicts(['withDependents', 'onlyDependents']),
    )
    .addOption(
      new Option('--only-dependents', 'make only them, and not the table').conflicts([
        'withDependents',
        'dataOnly',
        'as',
      ]),
    )
    .optionsGroup('Owners and roles:')
    .option('--no-owner', 'make the role that restores the owner of everything')
    .option('--no-privileges', 'leave out GRANT, REVOKE and default privileges')
    .option('--map-role <old=new>', 'use another role in place of this one (repeatable)', mappedRole)
    .option('--roles', 'create missing roles as they were, with memberships (default: without LOGIN)')
    .option('--database-settings', "also restore the database's own settings, owner, grants and comment")
    .optionsGroup('What may be overwritten:')
    .option(
      '--into-existing',
      'restore into a database that is not empty, and replace objects that have the same name as one in the backup',
    )
    .option(
      '--into-source',
      'restore into the same database that the backup was taken from (default target: LIFEBOAT_SOURCE_URL)',
    )
    .option(
      '--discard-newer',
      'undo what has protected the replaced tables since the backup: policies, row security, revoked grants',
    )
    .option('--no-safety-backup', 'do not back up existing data before overwriting it')
    .addOption(
      new Option(
        '--keep-erased',
        'restore rows that are on the list of erasures, too (default: leave them out)',
      ).conflicts(['eraseFollowers']),
    )
    .option(
      '--erase-followers',
      'also leave out rows that refer to erased ones by a foreign key without ON DELETE CASCADE or SET NULL',
    )
    .optionsGroup('How:')
    .option('--create-database', 'create the database first, with the encoding and sort order of the source')
    .option('--unproven', 'restore even if no drill has proven the backup')
    .option('--resume', 'continue a restore that was interrupted')
    .option(
      '--lock-patience <seconds>',
      'how long to try to lock tables that others use, in attempts of about a second (default: 300)',
      wholeNumber(0, 86_400),
    )
    .option(
      '--tier <names>',
      "tables or schemas, separated by commas, to make usable before the rest is loaded (repeatable, in order of priority; default: the backup's own tiers)",
      tier,
    )
    .addOption(
      new Option('--no-tiers', 'restore everything at once, even if the backup has tiers').conflicts([
        'tier',
      ]),
    )
    .option('--no-compare', 'do not read the restored rows to compare them with the backup');
}

/** The part of the options that a resumed restore must be given again. */
export function scopeFrom(options: RestoreOptions): RestoreScope {
  return {
    ...(options.table ? { tables: [...options.table] } : {}),
    ...(options.schema ? { schemas: [...options.schema] } : {}),
    ...(options.excludeTable ? { excludeTables: [...options.excludeTable] } : {}),
    ...(options.excludeSchema ? { excludeSchemas: [...options.excludeSchema] } : {}),
    ...(options.as === undefined ? {} : { as: options.as }),
    ...(options.asSchema === undefined ? {} : { asSchema: options.asSchema }),
    ...(options.asSuffix === undefined ? {} : { asSuffix: options.asSuffix }),
    ...(options.dataOnly ? { content: 'data' } : options.schemaOnly ? { content: 'schema' } : {}),
    ...(options.owner ? {} : { noOwner: true }),
    ...(options.privileges ? {} : { noPrivileges: true }),
    ...(options.mapRole ? { mapRoles: options.mapRole } : {}),
    ...(options.roles ? { roles: 'all' } : {}),
    ...dependentsFrom(options),
    ...(options.databaseSettings ? { databaseSettings: true } : {}),
    ...(options.tier ? { tiers: options.tier.map((names) => [...names]) } : {}),
    ...(options.tiers ? {} : { noTiers: true }),
  };
}

function dependentsFrom({ withDependents, withoutDependents, onlyDependents }: RestoreOptions) {
  if (onlyDependents) return { dependents: 'only' as const };
  if (withDependents) return { dependents: 'with' as const };
  return withoutDependents ? { dependents: 'without' as const } : {};
}

function mappedRole(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, from, to] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw new InvalidArgumentError('It must be old=new: the role in the backup and the role in the target.');
  }
  return { ...previous, [from]: to };
}
