import { relationsToLock } from '../../source/catalog/tables.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** Others need locks as well. */
const COMFORTABLE_SHARE = 0.5;

/** PostgreSQL manual, max_locks_per_transaction: room for that many times (max_connections + max_prepared_transactions). */
export const lockTable: SourceCheck = {
  name: 'lock-table',
  async run({ query, omissions }) {
    const findings = new Findings('source', 'lock-table');
    const tables = (await relationsToLock(query, omissions)).length;
    const [row] = await query(`
      SELECT pg_catalog.current_setting('max_locks_per_transaction') AS locks,
             pg_catalog.current_setting('max_locks_per_transaction')::int *
             (pg_catalog.current_setting('max_connections')::int +
              pg_catalog.current_setting('max_prepared_transactions')::int) AS room`);
    const room = Number(row?.room);
    const what = `A backup locks each table: ${tables.toLocaleString('en')} here, and the server has room for ${room.toLocaleString('en')} locks.`;
    const needed = Math.ceil((tables / COMFORTABLE_SHARE / room) * Number(row?.locks));
    const remedy = `\`ALTER SYSTEM SET max_locks_per_transaction = ${needed};\` on the server (a host's console may have its own place for it), and restart it.`;
    if (tables > room) return findings.problem(what, remedy);
    return tables > room * COMFORTABLE_SHARE ? findings.warning(what, remedy) : findings.ok(what);
  },
};
