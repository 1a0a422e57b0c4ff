import type { Installed } from '../../engine/health/functions/install-functions.ts';
import { printable } from './printable.ts';

/** What `health --install` and `--remove` have done. */
export function installedText({ schema, versionBefore, version, roles }: Installed): string[] {
  if (version === null) {
    return [
      versionBefore === null
        ? `There were no health functions: ${schema} does not exist.`
        : `Removed ${schema}, version ${versionBefore}.`,
    ];
  }
  const done =
    versionBefore === null
      ? `Installed version ${version}`
      : versionBefore === version
        ? `Renewed version ${version}`
        : `Upgraded version ${versionBefore} to ${version}`;
  return [
    `${done} of the health functions in ${schema}, for ${printable(roles.join(', '))}.`,
    `Try: SELECT * FROM ${schema}.connections();`,
  ];
}
