import type { BackfillRequest } from './backfill-request.ts';
import type { RowToFill } from './batches.ts';
import { ComputationByCommand } from './computing/by-command.ts';
import { ComputationByHttp } from './computing/by-http.ts';
import { BatchRefused, type Computation, type Computed } from './computing/computation.ts';
import type { Rate } from './computing/rate.ts';
import { tryAgain } from './computing/try-again.ts';
import type { FailedRow } from './ledger.ts';
import type { TableToFill } from './table-to-fill.ts';
import { valueText } from './value-text.ts';
import type { ComputedRow } from './write-rows.ts';

/** What computes for one of the jobs; undefined if the server does. */
export function openComputation({
  method,
  environment,
  answerTimeoutMs,
}: BackfillRequest): Computation | undefined {
  if (method.kind === 'command')
    return new ComputationByCommand({ command: method.command, environment, answerTimeoutMs });
  return method.kind === 'http' ? new ComputationByHttp(method, answerTimeoutMs) : undefined;
}

export interface ComputedBatch {
  readonly computed: readonly ComputedRow[];
  /** Rows without a value. */
  readonly kept: number;
  readonly failed: readonly FailedRow[];
}

/** Computes the values of some rows: with new tries, at the rate that is allowed, and in halves where one row spoils a batch. */
export async function computeBatch(
  computation: Computation,
  table: TableToFill,
  request: BackfillRequest,
  requests: Rate,
  rows: readonly RowToFill[],
): Promise<ComputedBatch> {
  const { signal, nulls } = request;
  const answers = await answersTo(rows);
  const computed: ComputedRow[] = [];
  const failed: FailedRow[] = [];
  let kept = 0;
  for (const { key, hash } of rows) {
    const answer = answers.get(key);
    if (!answer || 'refused' in answer) {
      failed.push({ key, reason: answer?.refused ?? 'there was no answer' });
      continue;
    }
    const value = valueText(answer.value, table.column);
    if (value === null && nulls === 'keep') kept += 1;
    else computed.push({ key, value, inputsHash: hash });
  }
  return { computed, kept, failed };

  async function answersTo(some: readonly RowToFill[]): Promise<Map<RowToFill['key'], Computed>> {
    try {
      const given = await tryAgain(async () => {
        await requests.pass(1, signal);
        return await computation.compute(
          some.map(({ json }, at) => ({ id: String(at), json })),
          signal,
        );
      }, request);
      return new Map(
        some.flatMap(({ key }, at) => {
          const answer = given.get(String(at));
          return answer ? [[key, answer]] : [];
        }),
      );
    } catch (error) {
      if (!(error instanceof BatchRefused)) throw error;
      const [only] = some;
      if (only && some.length === 1) return new Map([[only.key, { refused: error.message }]]);
      const middle = Math.ceil(some.length / 2);
      const [first, second] = [await answersTo(some.slice(0, middle)), await answersTo(some.slice(middle))];
      return new Map([...first, ...second]);
    }
  }
}
