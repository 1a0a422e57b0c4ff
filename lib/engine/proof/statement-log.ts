import type { ReportItem } from '../archive/drill-report.ts';
import { withSqlState } from '../connection/server-words.ts';
import {
  type ApplyResult,
  type FailedStatement,
  nameOfObject,
  type SkippedStatement,
} from '../target/apply/apply-schema.ts';

/** What became of the statements of every script, for the report. */
export class StatementLog {
  readonly #skipped: SkippedStatement[] = [];
  readonly #failed: FailedStatement[] = [];

  add({ skipped, failed }: ApplyResult): void {
    this.#skipped.push(...skipped);
    this.#failed.push(...failed);
  }

  /** Everything that was not applied as it stands. */
  lost(): Array<SkippedStatement | FailedStatement> {
    return [...this.#skipped, ...this.#failed];
  }

  /** One item for each statement that was skipped or refused; those that were applied show in the catalog. */
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

/** A setting that the target cannot have is made anew before each object that is to have it. */
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
