import type { Manifest } from '../archive/manifest.ts';
import { setTextSettings } from '../connection/session-settings.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { type Target, TargetStatementError } from './target.ts';

/**
 * This setting decides how the text of money is read. So rows are loaded under `C`, and only a refresh uses
 * the source's value.
 */
const LC_MONETARY = 'lc_monetary';

/** The source's settings, under which a target computes the values that a backup does not hold. */
export interface ComputationSettings {
  /** The statement for sessions that load rows and create the objects that depend on them. */
  readonly statement: string | undefined;
  /** Statements around REFRESH MATERIALIZED VIEW, in its transaction. It reads no text. */
  readonly aroundRefresh: readonly [before: string, after: string] | undefined;
  /** One sentence for each value that the target does not know. */
  readonly notes: readonly string[];
}

/**
 * Finds which of the source's settings the target accepts. A locale has different names on different systems,
 * and a user's own text search configuration exists only after pre-data.sql. The settings of the session stay
 * unchanged.
 *
 * A restore computes materialized views, generated columns, CHECKs, and keys of indexes and partitions again.
 * It needs the settings of the source's sessions for this: if the source is in Berlin,
 * `date_trunc('day', sold_at)` must return a day in Berlin. It must not use UTC, in which archives are
 * written, nor the target's own configuration, which pg_restore uses. A backup of an older Lifeboat does not
 * contain these settings. Then times are in UTC, and the target's configuration applies to the rest.
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

/** Makes the session compute like the source's sessions. The meaning of COPY text does not change. */
export async function computeAsSource(
  target: Pick<Target, 'execute'>,
  { statement }: ComputationSettings,
): Promise<void> {
  if (statement !== undefined) await target.execute(statement);
}

/** Makes the session print values in the form of archives, so that they can be compared. */
export async function printAsArchived(target: Pick<Target, 'execute'>): Promise<void> {
  await target.execute(setTextSettings());
}

function setConfig(name: string, value: string): string {
  return `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`;
}
