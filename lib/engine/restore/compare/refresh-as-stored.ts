import { digestOfView } from '../../catalog/view-digest.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import { computeAsSource, printAsArchived } from '../../target/compute-as-source.ts';
import { TargetStatementError } from '../../target/target.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { relationKey } from '../archived/relation-key.ts';
import { stagedPlace } from '../plan/staging.ts';
import { runWithoutEventTriggers } from '../target/event-trigger-silence.ts';
import { EXCHANGED } from '../target/ledger.ts';

/**
 * Compares materialized views with their digests from the source, if the backup has them. A view that differs
 * is refreshed under the target's own settings, because the settings of the source's database may be newer
 * than its rows. A view that still differs was out of date in the source, or computed under settings of a
 * role or a session. A note says so, and the view stays as the source's next refresh would leave it. Expects,
 * and leaves, a session that prints as archived.
 */
export async function refreshAsStored(run: RestoreRun): Promise<void> {
  const { plan, log, sessions, sourceSettings, ledger } = run;
  const { materializedViews = [], server } = plan.backup.manifest;
  if (plan.newName || ledger.isDone(EXCHANGED) || materializedViews.length === 0 || !sourceSettings) return;
  const digests = new Map(materializedViews.map((one) => [relationKey(one.schema, one.name), one]));
  const ownDefaults = (server.sessionDefaults ?? [])
    .filter(({ ofDatabase }) => ofDatabase)
    .map(({ name }) => `SET ${quoteIdentifier(name)} TO DEFAULT`);
  const { main } = sessions;
  const others: string[] = [];
  // In the order of the archive: a view may read another one.
  for (const { type, relation = '', adapted } of plan.entries) {
    const expected = digests.get(relation);
    if (type !== 'MATERIALIZED VIEW DATA' || !expected) continue;
    const isAsStored = async () => {
      await printAsArchived(main);
      const { rows } = await main.execute(digestOfView(stagedPlace(plan, expected)));
      return rows[0]?.digest === expected.digest;
    };
    const refresh = async (settings: readonly string[]) => {
      await computeAsSource(main, sourceSettings);
      const [before = [], after = []] = sourceSettings.aroundRefresh ?? [];
      // The backup's own event triggers are there by now.
      await runWithoutEventTriggers(main, [before, settings, adapted, after].flat());
    };
    try {
      if (await isAsStored()) continue;
      await refresh(ownDefaults);
      if (await isAsStored()) continue;
      await refresh([]);
    } catch (error) {
      if (!(error instanceof TargetStatementError)) throw error;
      // The report already names a view that could not be created or filled.
      continue;
    } finally {
      await printAsArchived(main);
    }
    others.push(`${expected.schema}.${expected.name}`);
  }
  if (others.length === 0) return;
  log.notes.push(
    others.length === 1
      ? `The materialized view ${others[0]} was refreshed, and shows other rows than in the source. It was out of date there, or computed under settings that are not the database's${plan.isWhole ? '' : ', or not all that it reads was restored'}.`
      : `Materialized views were refreshed, and show other rows than in the source: ${others.join(', ')}. They were out of date there, or computed under settings that are not the database's${plan.isWhole ? '' : ', or not all that they read was restored'}.`,
  );
}
