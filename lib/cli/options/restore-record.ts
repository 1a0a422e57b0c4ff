import { RESTORE_TASK_VARIABLES } from '../../contract/restore-task.ts';
import { type BackupPlace, parseManifestKey } from '../../engine/archive/keys.ts';
import type { Signer } from '../../engine/attest/signing-key.ts';
import type { RowsResult } from '../../engine/bring-back/bring-back.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { RestoreReport } from '../../engine/restore/restore-report.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { Context } from '../program/context.ts';
import type { RestoreOptions } from './restore-options.ts';
import type { RowsOptions } from './rows-options.ts';
import { userOf } from './who-asks.ts';

export interface RestoreToTell {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly database: string;
  readonly options: RestoreOptions & { readonly by?: string };
  readonly signer: Signer | undefined;
  readonly startedAt: Date;
}

/** Records for auditors how a restore ended. Resolves to sentences about what could not be recorded. */
export async function recordEnd(
  { environment, now, signal }: Context,
  { store, place, database, options, signer, startedAt }: RestoreToTell,
  ended: RestoreReport | { readonly error: unknown },
): Promise<readonly string[]> {
  const { recordRestore } = await import('../../engine/restore/record-restore.ts');
  const report = 'error' in ended ? undefined : ended;
  const failure = 'error' in ended ? ended.error : undefined;
  return await recordRestore({
    ...{ store, place, signer, scope: scopeWords(options), ...whoRestores(environment, options.by) },
    target: { database, serverVersion: report?.target.serverVersion ?? '' },
    outcome: report?.outcome ?? (signal.aborted ? 'interrupted' : 'failed'),
    startedAt: report?.startedAt ?? startedAt.toISOString(),
    finishedAt: report?.finishedAt ?? now().toISOString(),
    ...(failure instanceof LifeboatError ? { code: failure.code } : {}),
    ...(report ? { recoveryTimeMs: report.recoveryTimeMs, rows: report.totals.rows } : {}),
    ...(report?.safetyBackup ? { safetyBackup: report.safetyBackup } : {}),
  });
}

export interface RowsToTell {
  readonly store: ObjectStore;
  /** The name of the backup, or with --undo of the safety copy. */
  readonly name: string;
  readonly database: string;
  readonly options: RestoreOptions & RowsOptions & { readonly by?: string };
  readonly signer: Signer | undefined;
  readonly startedAt: Date;
}

/**
 * Records for auditors who brought back rows, or undid that. What changed nothing is no restore. Resolves to sentences about
 * what could not be recorded.
 */
export async function recordRowsEnd(
  { environment, now, signal }: Context,
  { store, name, database, options, signer, startedAt }: RowsToTell,
  ended: RowsResult | { readonly error: unknown },
): Promise<readonly string[]> {
  const result = 'error' in ended ? undefined : ended;
  const failure = 'error' in ended ? ended.error : undefined;
  if (result && (result.dryRun || (result.outcome !== 'restored' && result.outcome !== 'partial'))) return [];
  const named = parseManifestKey(`${name}/manifest.json`);
  if (!named) return [];
  const [{ recordRestore }, { backupOfCopy }] = await Promise.all([
    import('../../engine/restore/record-restore.ts'),
    import('../../engine/bring-back/backup-of-copy.ts'),
  ]);
  const isUndo = options.undo !== undefined;
  // Also after an interruption; and what cannot be followed is told of the copy itself.
  const ofCopy = () => backupOfCopy(store, named, AbortSignal.timeout(20_000)).catch(() => named);
  return await recordRestore({
    ...{ store, signer, ...whoRestores(environment, options.by) },
    ...(isUndo ? { place: await ofCopy(), undone: named } : { place: named }),
    scope: isUndo ? `undo of ${name}` : rowsWords(options),
    target: { database, serverVersion: '' },
    outcome: result
      ? result.outcome === 'restored'
        ? 'restored'
        : 'restored with failures'
      : signal.aborted
        ? 'interrupted'
        : 'failed',
    startedAt: startedAt.toISOString(),
    finishedAt: now().toISOString(),
    ...(failure instanceof LifeboatError ? { code: failure.code } : {}),
    ...(result ? { rows: changedRows(result) } : {}),
    ...(result?.safetyCopy ? { safetyBackup: result.safetyCopy } : {}),
  });
}

function changedRows({ tables }: RowsResult): number {
  return tables.reduce(
    (sum, { inserted, overwritten, deleted }) => sum + inserted + overwritten + deleted,
    0,
  );
}

/** `rows of tables public.orders, chosen by a condition, overwriting`. Never the condition, which may hold data. */
function rowsWords(options: RestoreOptions & RowsOptions): string {
  return [
    `rows of ${scopeWords(options)}`,
    ...(options.where === undefined ? [] : ['chosen by a condition']),
    ...(options.follow ? ['with rows that refer to them'] : []),
    ...(options.overwrite ? ['overwriting'] : []),
    ...(options.deleteAdded ? ['deleting those added since'] : []),
  ].join(', ');
}

function whoRestores(environment: Context['environment'], by: string | undefined) {
  return {
    by: by ?? environment[RESTORE_TASK_VARIABLES.by] ?? userOf({ environment }),
    from: environment[RESTORE_TASK_VARIABLES.arguments] === undefined ? 'a machine' : 'a task',
  } as const;
}

/** `everything`, `tables public.orders, public.users`, or `schemas app without app.log`. */
function scopeWords(options: RestoreOptions): string {
  const { table, schema, excludeTable = [], excludeSchema = [], dataOnly, schemaOnly } = options;
  const some = [
    ...(table ? [`tables ${table.join(', ')}`] : []),
    ...(schema ? [`schemas ${schema.join(', ')}`] : []),
  ];
  const without = [...excludeTable, ...excludeSchema];
  const content = dataOnly ? ' (rows only)' : schemaOnly ? ' (definitions only)' : '';
  const rest = without.length > 0 ? ` without ${without.join(', ')}` : '';
  return `${some.length > 0 ? some.join(' and ') : 'everything'}${rest}${content}`;
}
