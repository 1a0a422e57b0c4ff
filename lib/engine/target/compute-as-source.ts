import type { Manifest } from '../archive/manifest.ts';
import { setTextSettings } from '../connection/session-settings.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { type Target, TargetStatementError } from './target.ts';

/** It decides what the text of money means, so that rows are read under `C`, and only a refresh computes under the source's. */
const LC_MONETARY = 'lc_monetary';

/** The settings under which a target computes what a backup does not hold, as the source's sessions did. */
export interface ComputationSettings {
  /** For sessions that load rows and make what is on top of them. */
  readonly statement: string | undefined;
  /** Around a statement that reads no text, in its transaction: REFRESH MATERIALIZED VIEW. */
  readonly aroundRefresh: readonly [before: string, after: string] | undefined;
  /** Values that the target does not know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Finds out which of the source's settings the target takes: a locale has another name on another system, and a text
 * search configuration of the user's own is there only after pre-data.sql. Leaves the session as it was.
 *
 * A restore computes materialized views, generated columns, CHECKs, keys of indexes and of partitions anew. What the
 * source's sessions had is right for that: a day of `date_trunc('day', sold_at)` is one of Berlin there, and neither one
 * of UTC, in which archives are written, nor one of the target's own configuration, which pg_restore takes. A backup of
 * an older Lifeboat does not say; then times are in UTC, and the target's configuration counts for the rest.
 */
export async function settingsOfSource(
  target: Pick<Target, 'execute'>,
  { server: { sessionDefaults = [] } }: Pick<Manifest, 'server'>,
): Promise<ComputationSettings> {
  const taken: Array<{ readonly name: string; readonly call: string }> = [];
  const notes: string[] = [];
  for (const { name, value } of sessionDefaults) {
    const call = setConfig(name, value);
    try {
      await target.execute(`SELECT ${call}`);
      taken.push({ name, call });
    } catch (error) {
      if (!(error instanceof TargetStatementError)) throw error;
      notes.push(
        `The target does not accept ${name} = ${value}, the setting of the source: what functions compute with it (generated columns, materialized views) may differ.`,
      );
    }
  }
  await printAsArchived(target);
  const refresh = taken.find(({ name }) => name === LC_MONETARY)?.call;
  const calls = taken.filter(({ name }) => name !== LC_MONETARY).map(({ call }) => call);
  return {
    statement: calls.length === 0 ? undefined : `SELECT ${calls.join(', ')}`,
    aroundRefresh:
      refresh === undefined ? undefined : [`SELECT ${refresh}`, `SELECT ${setConfig(LC_MONETARY, 'C')}`],
    notes,
  };
}

/** From here on the session computes as the source's do. COPY text means the same as before. */
export async function computeAsSource(
  target: Pick<Target, 'execute'>,
  { statement }: ComputationSettings,
): Promise<void> {
  if (statement !== undefined) await target.execute(statement);
}

/** From here on the session prints values as archives hold them, so that they can be compared. */
export async function printAsArchived(target: Pick<Target, 'execute'>): Promise<void> {
  await target.execute(setTextSettings());
}

function setConfig(name: string, value: string): string {
  return `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`;
}
