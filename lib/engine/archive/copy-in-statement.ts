import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { TableData } from './manifest.ts';

export interface CopyInOptions {
  /** Rows go in frozen. Only where the table was made or emptied in the same transaction. @default false */
  readonly freeze?: boolean;
}

/**
 * The statement that loads a table's chunks as they are stored. A partition's rows go in through the topmost table: a
 * hash partition keyed by an enum refuses rows of another database, whose enum values hash differently.
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
