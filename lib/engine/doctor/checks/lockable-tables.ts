import { openCoordinator } from '../../source/coordinator.ts';
import { Findings } from '../finding.ts';
import type { SourceCheck } from './source-context.ts';

/** A migration that is under way is worth telling, not worth waiting for. */
const PATIENCE_MS = 3000;

/** The beginning of a backup, and its end right after: locks and a snapshot, each given back at once. */
export const lockableTables: SourceCheck = {
  name: 'lockable-tables',
  async run({ session, omissions, signal }) {
    const coordinator = await openCoordinator(session, { signal, omissions, lockPatienceMs: PATIENCE_MS });
    const tables = coordinator.locked.length;
    await coordinator.release();
    return new Findings('source', 'lockable-tables').ok(
      `A backup can begin: its locks (${tables.toLocaleString('en')}) and its snapshot were there, and were let go.`,
    );
  },
};
