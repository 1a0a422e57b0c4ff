import type { Problem } from '../problem.ts';

/** A question of your own to the restored database. */
export interface DrillCheckProps {
  /** In the drill's report. */
  readonly name: string;
  /** One row of one column: `SELECT count(*) > 1000 FROM public.users`. */
  readonly sql: string;
  /** What it has to give, as text: `t` for true. */
  readonly expect: string;
}

export function checkDrillChecks(checks: readonly DrillCheckProps[]): Problem[] {
  const names = checks.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: [index, 'name'], message: `${JSON.stringify(name)} is the name of another check too` }],
  );
}
