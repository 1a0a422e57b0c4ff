import { expect, it } from 'vitest';
import { checkNodeVersion } from '../../../../../lib/engine/doctor/checks/node-version.ts';

it.each([
  ['18.20.0', 'problem'],
  ['22.17.9', 'problem'],
  ['22.18.0', 'warning'],
  ['23.6.0', 'warning'],
  ['24.0.0', 'ok'],
  ['26.1.0', 'ok'],
])('Node.js %s: %s', (version, verdict) => {
  expect(checkNodeVersion(version).verdict).toBe(verdict);
});
