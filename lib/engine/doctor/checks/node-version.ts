import { type Finding, Findings } from '../finding.ts';

/** Node.js runs TypeScript without a build from 22.18 on, and has zstd from 22.15 on. */
const OLDEST = [22, 18] as const;
const INTENDED_MAJOR = 24;

export function checkNodeVersion(version: string = process.versions.node): Finding {
  const findings = new Findings('machine', 'node-version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const remedy = '`npm ci` installs the Node.js that Lifeboat is made for, and `bin/lifeboat.mjs` uses it.';
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return findings.problem(
      `Node.js ${version} is too old: Lifeboat needs ${OLDEST.join('.')} or later.`,
      remedy,
    );
  }
  if (major < INTENDED_MAJOR) {
    return findings.warning(`Node.js ${version} works, but Lifeboat is made for ${INTENDED_MAJOR}.`, remedy);
  }
  return findings.ok(`This is Node.js ${version}.`);
}
