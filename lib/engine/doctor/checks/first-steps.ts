import { readCatalog } from '../../backup/read-catalog.ts';
import { type Coordinator, openCoordinator } from '../../snapshot/coordinator.ts';
import { type Finding, Findings } from '../finding.ts';
import type { SourceCheck, SourceContext } from './source-context.ts';

/** Doctor reports a running migration, but does not wait for it to end. */
const PATIENCE_MS = 3000;

/**
 * Begins a backup and ends it right after: it takes the locks and a snapshot, and pg_dump reads the schema
 * under both.
 */
export const firstSteps: SourceCheck = {
  name: 'lockable-tables',
  async run(context) {
    const { session, omissions, signal } = context;
    const coordinator = await openCoordinator(session, { signal, omissions, lockPatienceMs: PATIENCE_MS });
    try {
      const tables = coordinator.locked.length.toLocaleString('en');
      return [
        new Findings('source', 'lockable-tables').ok(
          `A backup can begin: its locks (${tables}) and its snapshot were taken and released.`,
        ),
        await schemaDump(coordinator, context),
      ];
    } finally {
      await coordinator.release().catch(() => {});
    }
  },
};

async function schemaDump(
  coordinator: Coordinator,
  { profile, omissions, session, signal }: SourceContext,
): Promise<Finding> {
  const findings = new Findings('source', 'schema-dump');
  try {
    const { pgDumpVersion, fingerprint } = await readCatalog(coordinator, { signal, profile, omissions });
    const objects = fingerprint.entries.length.toLocaleString('en');
    return findings.ok(`pg_dump ${pgDumpVersion} can read the schema (${objects} entries of the catalog).`);
  } catch (error) {
    signal.throwIfAborted();
    return findings.error(session.failure(error, 'Reading the schema'));
  }
}
