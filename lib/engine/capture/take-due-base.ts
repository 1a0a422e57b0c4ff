import type { Epoch } from '../archive/changes/change-records.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import { type CaptureResult, type Run, resultOf } from './capture-run.ts';
import { findBase } from './find-base.ts';
import type { SourceState } from './source-state.ts';

/** Backs the source up if its epoch has no base yet, and the request says how. */
export async function takeDueBase(
  run: Run,
  outcome: CaptureResult['outcome'],
  state: SourceState,
): Promise<CaptureResult> {
  const { request, memory, signal } = run;
  const epoch = (memory.epoch as Filed<Epoch>).record;
  if (memory.head?.record.base !== undefined || !request.takeBase) return resultOf(run, outcome, state);
  // A base must not have been taken while transactions ran that are older than the epoch.
  if (BigInt(state.xmin) < BigInt(epoch.nextXid)) return resultOf(run, outcome, state);
  if ((await findBase(request.store, epoch, signal)) === undefined) await request.takeBase(epoch);
  return {
    ...resultOf(run, outcome, state),
    baseDue: (await findBase(request.store, epoch, signal)) === undefined,
  };
}
