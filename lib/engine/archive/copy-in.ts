import { qualifiedName, quoteIdentifier, quoteLiteral } from '../sql.ts';
import type { TableData } from './manifest.ts';

/**
 * The statement that loads a table's chunks as they are stored. A partition's rows go in through the topmost table: a
 * hash partition keyed by an enum refuses rows of another database, whose enum values hash differently.
 */
export function copyInStatement(
  table: Pick<TableData, 'schema' | 'name' | 'columns' | 'partitionRoot'>,
  encoding: string,
): string {
  const { schema, name } = table.partitionRoot ?? table;
  const columns = table.columns.length === 0 ? '' : ` (${table.columns.map(quoteIdentifier).join(', ')})`;
  return `COPY ${qualifiedName(schema, name)}${columns} FROM STDIN WITH (FORMAT text, ENCODING ${quoteLiteral(encoding)})`;
}
