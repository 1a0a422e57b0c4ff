import type { TableData } from '../../archive/manifest.ts';

const NAMED = 3;

/** Describes tables as `public.orders: 4,200,000 rows, 512 MB`; it names only the first few. */
export function describeTables(tables: readonly TableData[]): string {
  const names = tables.slice(0, NAMED).map(({ schema, name }) => `${schema}.${name}`);
  const more = tables.length > NAMED ? ` and ${tables.length - NAMED} more` : '';
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const rawBytes = tables.reduce((sum, table) => sum + table.rawBytes, 0);
  const megabytes = rawBytes / 1_000_000;
  const size = megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes).toLocaleString('en');
  return `${names.join(', ')}${more}: ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}, ${size} MB`;
}
