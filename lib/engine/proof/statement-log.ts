import type { ReportItem } from '../archive/drill-report.ts';
import { withSqlState } from '../connection/server-words.ts';
import {
  type ApplyResult,
  type FailedStatement,
  nameOfObject,
  type SkippedStatement,
} from '../target/apply/apply-schema.ts';

/** The outcomes of the statements of all scripts, for the report. */
export class StatementLog {
  readonly #skipped: SkippedStatement[] = [];
  readonly #failed: FailedStatement[] = [];

  add({ skipped, failed }: ApplyResult): void {
    this.#skipped.push(...skipped);
    this.#failed.push(...failed);
  }

  /** All statements that were not applied unchanged. */
  lost(): Array<SkippedStatement | FailedStatement> {
    return [...this.#skipped, ...this.#failed];
  }

  /** One item for each skipped or refused statement. Applied statements show in the catalog. */
  items(): ReportItem[] {
    return [
      ...onceEach(this.#skipped).map(
        (one): ReportItem => ({ ...itemOf(one), verdict: 'skipped', reason: one.reason }),
      ),
      ...this.#failed.map(
        (one): ReportItem => ({
          ...itemOf(one),
          verdict: 'differs',
          reason: `it was refused: ${withSqlState(one.message, one.sqlState)}`,
        }),
      ),
    ];
  }
}

/** Removes duplicates: a script repeats a SET before each object that needs the setting. */
function onceEach(skipped: readonly SkippedStatement[]): SkippedStatement[] {
  const told = new Set<string>();
  return skipped.filter(({ statement, name, reason }) => {
    if (statement !== 'SET') return true;
    const line = `${name}: ${reason}`;
    return !told.has(line) && told.add(line);
  });
}

function itemOf(one: SkippedStatement | FailedStatement): { kind: 'statement'; name: string } {
  return { kind: 'statement', name: `${nameOfObject(one)}: ${one.statement}` };
}
