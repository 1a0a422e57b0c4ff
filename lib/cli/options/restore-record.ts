import { RESTORE_TASK_VARIABLES } from '../../contract/restore-task.ts';
import type { BackupPlace } from '../../engine/archive/keys.ts';
import type { Signer } from '../../engine/attest/signing-key.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { RestoreReport } from '../../engine/restore/restore-report.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { Context } from '../program/context.ts';
import type { RestoreOptions } from './restore-options.ts';
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
    ...{ store, place, signer, scope: scopeWords(options) },
    by: options.by ?? environment[RESTORE_TASK_VARIABLES.by] ?? userOf({ environment }),
    from: environment[RESTORE_TASK_VARIABLES.arguments] === undefined ? 'a machine' : 'a task',
    target: { database, serverVersion: report?.target.serverVersion ?? '' },
    outcome: report?.outcome ?? (signal.aborted ? 'interrupted' : 'failed'),
    startedAt: report?.startedAt ?? startedAt.toISOString(),
    finishedAt: report?.finishedAt ?? now().toISOString(),
    ...(failure instanceof LifeboatError ? { code: failure.code } : {}),
    ...(report ? { recoveryTimeMs: report.recoveryTimeMs, rows: report.totals.rows } : {}),
    ...(report?.safetyBackup ? { safetyBackup: report.safetyBackup } : {}),
  });
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
