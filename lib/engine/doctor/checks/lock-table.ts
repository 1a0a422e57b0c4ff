import { relationsToLock } from '../../catalog/tables.ts';
import { isLockTableComfortable, raiseLockTable, readLockTableRoom } from '../../snapshot/lock-table-room.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

export const lockTable: SourceCheck = {
  name: 'lock-table',
  async run({ query, omissions }) {
    const findings = new Findings('source', 'lock-table');
    const tables = (await relationsToLock(query, omissions)).length;
    const room = await readLockTableRoom(query);
    const what = `A backup locks every table: ${tables.toLocaleString('en')} here, and the server has room for ${room.locks.toLocaleString('en')} locks.`;
    if (isLockTableComfortable(tables, room)) return findings.ok(what);
    const remedy = raiseLockTable(tables, room);
    return tables > room.locks ? findings.problem(what, remedy) : findings.warning(what, remedy);
  },
};
