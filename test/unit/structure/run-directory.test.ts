import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { keptDirectory, runDirectory } from '../../support/run-directory.ts';

it('a run writes into a directory of its own, which all accounts may enter, and keeps some files elsewhere', () => {
  const directory = runDirectory() ?? '';
  expect(tmpdir()).toBe(directory);
  expect(statSync(directory).mode & 0o777).toBe(0o755);
  expect(keptDirectory()).not.toContain(directory);
});
