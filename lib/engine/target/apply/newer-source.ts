import type { TargetStatementError } from '../target.ts';
import { missingObject, nameOfMissing } from './missing-object.ts';

/** A source that is of a newer major version than the target, as an embedded one may be. */
export interface NewerSource {
  readonly sourceMajor: number;
  readonly targetMajor: number;
}

/** @returns undefined where the target is as new, or the source's major version is not known. */
export function newerSource(sourceMajor: number | undefined, targetMajor: number): NewerSource | undefined {
  return sourceMajor !== undefined && sourceMajor > targetMajor ? { sourceMajor, targetMajor } : undefined;
}

/**
 * What a server says that reads a word, a value or a combination it does not know: syntax_error, feature_not_supported,
 * invalid_parameter_value, invalid_text_representation, cant_change_runtime_param, invalid_function_definition,
 * invalid_object_definition (PostgreSQL manual, "Error Codes").
 */
const NOT_UNDERSTOOD: ReadonlySet<string> = new Set([
  '42601',
  '0A000',
  '22023',
  '22P02',
  '55P02',
  '42P13',
  '42P17',
]);

/** undefined_object, _function, _table, _column. */
const NOT_FOUND: ReadonlySet<string> = new Set(['42704', '42883', '42P01', '42703']);

/**
 * Why an older server refuses what a newer one had: it does not understand it, or lacks something that is PostgreSQL's own.
 * Undefined where what it lacks is the user's, which is no matter of versions. `text` is the statement's.
 */
export function newerSourceReason(
  { sourceMajor, targetMajor }: NewerSource,
  error: Pick<TargetStatementError, 'sqlState' | 'message'>,
  text: string,
): string | undefined {
  const refused = `PostgreSQL ${targetMajor}, the target, refuses what the source, ${sourceMajor}, has`;
  if (NOT_UNDERSTOOD.has(error.sqlState)) return `${refused}: ${error.message}`;
  if (!NOT_FOUND.has(error.sqlState)) return undefined;
  const missing = missingObject(error);
  if (missing === undefined) {
    // `unrecognized configuration parameter "name"`, `column s.name does not exist`
    const isColumn = error.sqlState === '42703';
    return isColumn && !mentionsServerRelation(text) ? undefined : `${refused}: ${error.message}`;
  }
  const qualified = missing.words?.find((word) => word.includes('.')) ?? missing.name ?? '';
  const isServersOwn = !qualified.includes('.') || qualified.startsWith('pg_catalog.');
  if (!isServersOwn || (missing.space === 'role' && !qualified.startsWith('pg_'))) return undefined;
  if (missing.space === 'column' && !mentionsServerRelation(text)) return undefined;
  return `PostgreSQL ${targetMajor}, the target, has no ${nameOfMissing(missing)}, which the source, ${sourceMajor}, has`;
}

/** Views of the server's own get columns with time: `pg_stat_database`. */
function mentionsServerRelation(text: string): boolean {
  return /\bpg_[a-z]/.test(text) || /\binformation_schema\b/.test(text);
}

/** Whether rows are refused because a type's own input does not understand their text: `$.name.lower()` of jsonpath. */
export function newerSourceReasonOfRows(
  { sourceMajor, targetMajor }: NewerSource,
  { sqlState, message }: Pick<TargetStatementError, 'sqlState' | 'message'>,
): string | undefined {
  return NOT_UNDERSTOOD.has(sqlState)
    ? `the target, PostgreSQL ${targetMajor}, cannot read values of the source, PostgreSQL ${sourceMajor}: ${message}`
    : undefined;
}
