import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { TableData } from './manifest.ts';

export interface CopyInOptions {
  /**
   * Load the rows frozen. Allowed only if the same transaction created or truncated the table. @default false
   */
  readonly freeze?: boolean;
}

/**
 * The statement that loads a table's chunks as they are stored. A partition's rows are loaded through the
 * topmost table, because a hash partition keyed by an enum refuses rows of another database: enum values hash
 * differently there.
 */
export function copyInStatement(
  table: Pick<TableData, 'schema' | 'name' | 'columns' | 'partitionRoot'>,
  encoding: string,
  { freeze = false }: CopyInOptions = {},
): string {
  const { schema, name } = table.partitionRoot ?? table;
  const columns = table.columns.length === 0 ? '' : ` (${table.columns.map(quoteIdentifier).join(', ')})`;
  const options = ['FORMAT text', `ENCODING ${quoteLiteral(encoding)}`, ...(freeze ? ['FREEZE'] : [])];
  return `COPY ${qualifiedName(schema, name)}${columns} FROM STDIN WITH (${options.join(', ')})`;
}
