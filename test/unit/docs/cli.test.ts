import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT_CODE_MEANINGS } from '../../../lib/cli/program/exit-codes.ts';
import { COMMAND_NAMES } from '../../../lib/cli/program.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

it('lists the exit codes as they are', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [
    Number(code),
    meaning,
  ]);
  expect(rows).toEqual(EXIT_CODE_MEANINGS);
});

it('names every command', () => {
  for (const name of COMMAND_NAMES) expect(page).toMatch(new RegExp(`^\\| \`lifeboat ${name}\\b`, 'm'));
});

it.each(['README.md', 'docs/restore.md'])('says in %s where a restore goes before it shows one', (path) => {
  const shown = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  const firstRestore = shown.search(/^(npx )?lifeboat restore\b(?!.*--(target|into-source))/m);
  const target = shown.search(/^export LIFEBOAT_TARGET_URL=/m);
  expect(target).toBeGreaterThan(0);
  expect(target).toBeLessThan(firstRestore);
});
