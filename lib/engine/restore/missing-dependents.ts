import type { ReportItem } from '../archive/drill-report.ts';
import type { RestoreScope } from './archived/restore-scope.ts';
import type { RestorePlan } from './plan/restore-plan.ts';

/** The command that makes what refers to the restored tables and is missing. Undefined if nothing is. */
export function commandForMissing({
  dependents,
  backup,
  scope,
  intoSource,
}: RestorePlan): string | undefined {
  if (dependents.missing.length === 0) return undefined;
  const flag = intoSource ? '--into-source' : '--into-existing';
  const words = ['lifeboat restore', backup.name, ...argumentsOf(scope), '--only-dependents', flag];
  return words.join(' ');
}

/** One item for each object that refers to a restored table and stays missing. It is no part of the target now. */
export function missingDependents(plan: RestorePlan): ReportItem[] {
  return plan.dependents.missing.map(({ words }) => ({
    kind: 'statement',
    name: words,
    verdict: 'differs',
    reason: 'it refers to what was restored, and is missing in the target',
  }));
}

function argumentsOf({ tables = [], noOwner, noPrivileges, mapRoles = {} }: RestoreScope): string[] {
  return [
    ...tables.map((name) => `--table ${quoted(name)}`),
    ...(noOwner ? ['--no-owner'] : []),
    ...(noPrivileges ? ['--no-privileges'] : []),
    ...Object.entries(mapRoles).map(([from, to]) => `--map-role ${quoted(`${from}=${to}`)}`),
  ];
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w.=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
