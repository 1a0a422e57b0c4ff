import { type Finding, Findings } from '../finding.ts';

/** Runs TypeScript as it is from 22.18 on, and knows zstd from 22.15 on. */
const OLDEST = [22, 18] as const;
const INTENDED_MAJOR = 24;

export function checkNodeVersion(version: string = process.versions.node): Finding {
  const findings = new Findings('machine', 'node-version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const remedy = '`npm ci` brings the Node.js that Lifeboat is made for, and `bin/lifeboat.mjs` takes it.';
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return findings.problem(`Node.js ${version} is too old: ${OLDEST.join('.')} is needed.`, remedy);
  }
  if (major < INTENDED_MAJOR) {
    return findings.warning(`Node.js ${version} works; Lifeboat is made for ${INTENDED_MAJOR}.`, remedy);
  }
  return findings.ok(`Node.js ${version}.`);
}
