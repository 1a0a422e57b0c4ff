/**
 * Backups of PostgreSQL that prove they restore, as a library. Each call is a command of `lifeboat` with the same
 * name. It reads no environment variables but those of AWS's SDK, and prints nothing.
 *
 * @packageDocumentation
 */
export type { FailureKind } from '../engine/ground/errors.ts';
export { LifeboatError } from '../engine/ground/errors.ts';
export { type BackupOptions, type BackupResult, backup } from './backup.ts';
export type { BackupInformation } from './backup-information.ts';
export { type DrillCheck, type DrillOptions, type DrillResult, drill } from './drill.ts';
export {
  type AddErasureOptions,
  type AddErasureResult,
  type AddedErasure,
  addErasure,
  type ListErasuresOptions,
  type ListedErasure,
  listErasures,
} from './erasures.ts';
export { type ListedBackup, type ListOptions, list } from './list.ts';
export type { BackupChoice, RetentionClass } from './open-vault.ts';
export type { ReportItem, ReportTotals } from './report-item.ts';
export {
  type ErasedFromTable,
  planRestore,
  type RestoreOptions,
  type RestorePlan,
  type RestoreResult,
  type RestoreTarget,
  restore,
} from './restore.ts';
export type { Progress, RunOptions } from './run-options.ts';
export { type VerificationProblem, type VerificationResult, type VerifyOptions, verify } from './verify.ts';
