import type { Command } from 'commander';
import type { BackupSelection } from '../../engine/selection/backup-selection.ts';
import { several } from './several.ts';

/** What a backup takes, and what it leaves out. */
export interface SelectionOptions {
  readonly schema?: readonly string[];
  readonly excludeSchema?: readonly string[];
  readonly table?: readonly string[];
  readonly excludeTable?: readonly string[];
  readonly excludeTableData?: readonly string[];
}

export function addSelectionOptions(command: Command): Command {
  return command
    .option('--schema <pattern>', 'only these schemas, and tables that --table names (repeatable)', several)
    .option('--exclude-schema <pattern>', 'leave out these schemas, such as tenant_* (repeatable)', several)
    .option(
      '--table <pattern>',
      'only these tables, such as app.orders, and schemas that --schema names (repeatable)',
      several,
    )
    .option(
      '--exclude-table <pattern>',
      'leave out these tables and everything that depends on them (repeatable)',
      several,
    )
    .option(
      '--exclude-table-data <pattern>',
      'back up these tables without their rows (repeatable)',
      several,
    );
}

export function selectionOf(options: SelectionOptions): BackupSelection {
  const { schema, excludeSchema, table, excludeTable, excludeTableData } = options;
  return {
    ...(schema ? { schemas: schema } : {}),
    ...(excludeSchema ? { excludeSchemas: excludeSchema } : {}),
    ...(table ? { tables: table } : {}),
    ...(excludeTable ? { excludeTables: excludeTable } : {}),
    ...(excludeTableData ? { excludeTableData } : {}),
  };
}
