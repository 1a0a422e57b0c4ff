import type { Problem } from '../problem.ts';
import type { DrillCheckProps } from '../props/drill-check-props.ts';

export function checkDrillChecks(checks: readonly DrillCheckProps[]): Problem[] {
  const names = checks.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: [index, 'name'], message: `${JSON.stringify(name)} is the name of another check too` }],
  );
}
