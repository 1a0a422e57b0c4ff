import { tablesNamed } from '../../archive/find-tables.ts';
import type { TableData } from '../../archive/manifest.ts';
import type { SourceTable } from '../../catalog/tables.ts';
import { schemaCalled } from '../../sql-script/written-name.ts';
import type { ExportScope } from './origin.ts';

/** Whether a table may be one of those that were named. Which of several tables of one name is meant is decided later. */
export function isNamedTable(table: SourceTable, { tables = [], schemas = [] }: ExportScope): boolean {
  const one = [table as unknown as TableData];
  return (
    tables.some((name) => tablesNamed(one, name).length > 0) ||
    schemas.some((name) => schemaCalled(name, new Set([table.schema])) === table.schema)
  );
}
