import type { TargetStatementError } from '../target.ts';
import { missingObject, nameOfMissing } from './missing-object.ts';

/** A source with a newer major version than the target, as is possible with the embedded target. */
export interface NewerSource {
  readonly sourceMajor: number;
  readonly targetMajor: number;
}

/** @returns undefined if the target is not older, or if the source's major version is unknown. */
export function newerSource(sourceMajor: number | undefined, targetMajor: number): NewerSource | undefined {
  return sourceMajor !== undefined && sourceMajor > targetMajor ? { sourceMajor, targetMajor } : undefined;
}

/**
 * Errors of a server that does not know a word, value or combination: syntax_error, feature_not_supported,
 * invalid_parameter_value, invalid_text_representation, cant_change_runtime_param,
 * invalid_function_definition, invalid_object_definition (PostgreSQL manual, "Error Codes").
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
 * Why an older server refuses a statement of a newer source: it does not understand it, or lacks a built-in
 * object. Undefined if it lacks a user's object, which has nothing to do with versions. `text` is the text of
 * the statement.
 */
export function newerSourceReason(
  { sourceMajor, targetMajor }: NewerSource,
  error: Pick<TargetStatementError, 'sqlState' | 'message'>,
  text: string,
): string | undefined {
  const refused = `the target, PostgreSQL ${targetMajor}, refuses what the source, PostgreSQL ${sourceMajor}, accepts`;
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
  return `the target, PostgreSQL ${targetMajor}, lacks ${nameOfMissing(missing)}, which the source, PostgreSQL ${sourceMajor}, has`;
}

/**
 * Whether a text mentions built-in relations: newer versions add columns to views such as `pg_stat_database`.
 */
function mentionsServerRelation(text: string): boolean {
  return /\bpg_[a-z]/.test(text) || /\binformation_schema\b/.test(text);
}

/**
 * Why rows are refused, if a type's input function does not understand their text: `$.name.lower()` of
 * jsonpath.
 */
export function newerSourceReasonOfRows(
  { sourceMajor, targetMajor }: NewerSource,
  { sqlState, message }: Pick<TargetStatementError, 'sqlState' | 'message'>,
): string | undefined {
  return NOT_UNDERSTOOD.has(sqlState)
    ? `the target, PostgreSQL ${targetMajor}, cannot read values of the source, PostgreSQL ${sourceMajor}: ${message}`
    : undefined;
}
