import type { TestContext } from 'vitest';
import type { Scenario } from './scenario.ts';

/** One cell of the table that a run prints. */
export interface Outcome {
  readonly scenario: string;
  readonly column: string;
  /** `equal`, `proven`, `skipped: …`, `known fault: …`. */
  readonly result: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fidelity?: Outcome[];
  }
}

type Context = Pick<TestContext, 'task' | 'skip'>;

/** Keeps the result of each scenario for the table, in place of what was told before. */
export function tell(
  { task }: Context,
  scenarios: readonly Scenario[],
  column: string,
  result: string | ((scenario: Scenario) => string),
): void {
  task.meta.fidelity = scenarios.map((scenario) => ({
    scenario: scenario.name,
    column,
    result: typeof result === 'string' ? result : result(scenario),
  }));
}

export interface Place {
  readonly on: 'server' | 'drill';
  readonly column: string;
  readonly major: number;
}

/**
 * Runs what finds differences, and fails on any. What is known to differ has to: when it is mended, the scenario says so
 * by failing, and `knownFault` is taken out of its needs.json. Such a scenario has no other beside it.
 */
export async function expectNone(
  context: Context,
  members: readonly Scenario[],
  { on, column, major }: Place,
  find: () => Promise<readonly string[]>,
): Promise<void> {
  tell(context, members, column, 'DIFFERS');
  const fault = members.map(({ needs }) => needs.knownFault).find((one) => one?.on === on);
  const known =
    fault !== undefined && (fault.majors === undefined || fault.majors.some((one) => one === major));
  const found = await find().catch((error: unknown) => {
    if (!known) throw error;
    return [String(error)];
  });
  if (!known && found.length > 0) throw new Error(`what came back is not the same:\n${found.join('\n')}`);
  if (known && found.length === 0) {
    throw new Error(`${members[0]?.name} has no fault any more: take knownFault out of its needs.json.`);
  }
  if (known) tell(context, members, column, `known fault: ${fault.what}`);
}

export function skipWith(
  context: Context,
  members: readonly Scenario[],
  column: string,
  reason: string,
): void {
  tell(context, members, column, `skipped: ${reason}`);
  context.skip(reason);
}
