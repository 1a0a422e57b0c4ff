import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import { decodeScript, holdsOtherBytes } from '../sql-script/script-text.ts';
import { isRead, type Omissions } from './omissions.ts';
import { USER_SCHEMA } from './user-objects.ts';

const WITH_OTHER_BYTES = `~ '^(..)*[89a-f]'`;

/**
 * Refuses a SQL_ASCII database in which a table, a column or a sequence has a name that is not UTF-8: the
 * server would not send the name, and no query could contain it. Names that only pg_dump reads (functions,
 * labels, comments) may have any bytes.
 */
export async function refuseUnreadableNames(query: QueryRows, omissions: Omissions): Promise<void> {
  const rows = await query(`
    SELECT named.kind, named.relation, named.hex FROM (
      SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, c.oid::text AS relation, ${hexOf(
        `n.nspname::text || '.' || c.relname::text`,
      )} AS hex
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND ${USER_SCHEMA} AND ${isRead(omissions, 'c.oid')}
      UNION ALL
      SELECT 'column', c.oid::text, ${hexOf(`n.nspname::text || '.' || c.relname::text || '.' || a.attname::text`)}
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped
         AND ${USER_SCHEMA} AND ${isRead(omissions, 'c.oid')}) named
     WHERE pg_catalog.getdatabaseencoding() = 'SQL_ASCII' AND named.hex ${WITH_OTHER_BYTES}
     ORDER BY named.kind DESC, named.hex`);
  for (const { kind, relation, hex } of rows) {
    const name = decodeScript(Buffer.from(String(hex), 'hex'));
    if (holdsOtherBytes(name)) throw notUtf8(String(kind), printed(name), String(relation));
  }
}

function hexOf(name: string): string {
  return `CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' THEN pg_catalog.encode(pg_catalog.convert_to(${name}, 'SQL_ASCII'), 'hex') END`;
}

/** `caf\xe9` */
function printed(name: string): string {
  return name.replaceAll(/[\udc80-\udcff]/g, (byte) => `\\x${(byte.charCodeAt(0) & 0xff).toString(16)}`);
}

function notUtf8(kind: string, name: string, oid: string): LifeboatError {
  return new LifeboatError({
    code: 'source-name-not-utf8',
    kind: 'source',
    what: `The ${kind} ${name} has a name that is not UTF-8 (its ${kind === 'sequence' ? 'sequence' : 'table'} has the oid ${oid}).`,
    meaning:
      'In a SQL_ASCII database names can hold any bytes, but Lifeboat cannot write this name in a query.',
    remedy:
      kind === 'column'
        ? 'Rename it with ALTER TABLE … RENAME COLUMN, or leave its table out with --exclude-table.'
        : `Rename it with ALTER ${kind.toUpperCase()} … RENAME.`,
  });
}
