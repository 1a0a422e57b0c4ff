import { quoteIdentifier } from '../../ground/sql.ts';
import { readEntries, type ScriptEntry } from '../../sql-script/entries.ts';
import type { StatementOptions, Target } from '../target.ts';
import { applyStatement } from './apply-statement.ts';
import type { FailedStatement, SkippedStatement } from './outcome.ts';
import { SCRIPT_SETTINGS } from './pin-session.ts';
import type { SchemaContext } from './schema-context.ts';

export type { FailedStatement, SkippedStatement, StatementOutcome } from './outcome.ts';
export { openSchemaContext, type SchemaContext } from './schema-context.ts';
export { nameOfObject, type SchemaObject } from './schema-object.ts';

export interface ApplyResult {
  /** The number of statements that were applied unchanged. */
  readonly applied: number;
  readonly skipped: readonly SkippedStatement[];
  readonly failed: readonly FailedStatement[];
}

export interface ApplyOptions extends StatementOptions {
  readonly signal?: AbortSignal;
  /** Called around each entry, with its number in the script. */
  readonly aroundEntry?: <T>(number: number, apply: () => Promise<T>) => Promise<T>;
}

/**
 * Applies a script of pg_dump statement by statement, so that one clause that cannot be applied does not lose
 * a table. Statements that the target is known not to support are left out before they are sent. A statement
 * that is refused because it needs something that was left out is skipped, too. Every other refusal is a
 * failure. Throws if the target itself fails.
 */
export async function applyScript(
  target: Target,
  script: string,
  context: SchemaContext,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  let applied = 0;
  const skipped: SkippedStatement[] = [];
  const failed: FailedStatement[] = [];
  const { signal, aroundEntry = (_, work) => work(), ...statementOptions } = options;
  const apply = async (statements: ScriptEntry['statements'], entry?: ScriptEntry) => {
    signal?.throwIfAborted();
    for (const { text } of statements) {
      const outcome = await applyStatement(text, entry, target, context, statementOptions);
      if (outcome.kind === 'applied') applied += 1;
      else if (outcome.kind === 'skipped') skipped.push(outcome.skipped);
      else failed.push(outcome.failed);
    }
    // An entry that grants as another role ends with RESET, which the embedded target ignores.
    await target.execute(`SET SESSION AUTHORIZATION ${quoteIdentifier(context.sessionUser)}`);
  };

  for (const setting of SCRIPT_SETTINGS) await target.execute(setting);
  const { preamble, entries } = readEntries(script);
  await apply(preamble);
  for (const [number, entry] of entries.entries()) {
    await aroundEntry(number, () => apply(entry.statements, entry));
  }
  return { applied, skipped, failed };
}
