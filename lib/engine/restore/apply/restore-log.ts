import type { ReportItem } from '../../archive/drill-report.ts';
import type { TableData } from '../../archive/manifest.ts';
import { StatementLog } from '../../proof/statement-log.ts';
import {
  type FailedStatement,
  nameOfObject,
  type SchemaObject,
  type SkippedStatement,
} from '../../target/apply/apply-schema.ts';
import type { Outcome } from '../../target/apply/outcome.ts';
import type { Loss } from '../target/ledger.ts';

const KEPT = 'KEPT';

/** The log of a restore: the statements that failed or were skipped, other problems, and notes. */
export class RestoreLog {
  readonly statements = new StatementLog();
  /** Problems other than statements. */
  readonly problems: ReportItem[] = [];
  /** What a person should know, though nothing went wrong. */
  readonly notes: string[] = [];
  readonly #kept = new Set<string>();

  /** `losses`: what an interrupted restore had logged. */
  constructor(losses: readonly Loss[] = []) {
    for (const loss of losses) {
      if (loss.statement === KEPT) this.#kept.add(nameOfObject(loss as SchemaObject));
      else if ('message' in loss) this.#fail(loss as unknown as FailedStatement);
      else this.#skip(loss as unknown as SkippedStatement);
    }
  }

  add(outcome: Outcome): void {
    if (outcome.kind === 'skipped') this.#skip(outcome.skipped);
    if (outcome.kind === 'failed') this.#fail(outcome.failed);
  }

  /** Logs that an object of the target serves in place of the backup's. */
  keep(object: SchemaObject): void {
    this.#kept.add(nameOfObject(object));
  }

  isKept(object: SchemaObject): boolean {
    return this.#kept.has(nameOfObject(object));
  }

  /** Names of objects that the target already had and that stay unchanged. */
  get kept(): readonly string[] {
    return [...this.#kept];
  }

  /** Why a table was not created, if that is no failure: it may need an object that was not asked for. */
  whyLeftOut({ schema, name }: Pick<TableData, 'schema' | 'name'>): string | undefined {
    const lost = this.statements
      .lost()
      .find(
        (one) => one.kind === 'table' && one.lost === 'object' && one.schema === schema && one.name === name,
      );
    return lost && 'reason' in lost ? lost.reason : undefined;
  }

  #skip(skipped: SkippedStatement): void {
    this.statements.add({ applied: 0, skipped: [skipped], failed: [] });
  }

  #fail(failed: FailedStatement): void {
    this.statements.add({ applied: 0, skipped: [], failed: [failed] });
  }
}

/** The losses of an outcome, as the ledger keeps them. */
export function lossOf(outcome: Outcome): Loss[] {
  if (outcome.kind === 'skipped') return [{ ...outcome.skipped }];
  return outcome.kind === 'failed' ? [{ ...outcome.failed }] : [];
}

export function keptLoss(object: SchemaObject): Loss {
  return { ...object, statement: KEPT };
}
