import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allManPages } from '../../../../lib/cli/all-man-pages.ts';
import { item, roffText } from '../../../../lib/cli/man/roff.ts';
import { EXIT_CODE_MEANINGS } from '../../../../lib/cli/program/exit-codes.ts';
import { COMMAND_NAMES } from '../../../../lib/cli/program.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { lifeboat } from '../command-line.ts';

const hasGroff = spawnSync('groff', ['--version']).status === 0;
const pages = await allManPages();

function rendered(text: string): string {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou', '-rLL=100n'], {
    input: text,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('man pages', () => {
  it('are one for each command, as package.json says', () => {
    const names = ['lifeboat', ...COMMAND_NAMES.map((name) => `lifeboat-${name}`)].map((name) => `${name}.1`);
    expect(pages.map(({ name }) => name)).toEqual(names);
    expect(packageJson.man).toEqual(names.map((name) => `./dist/man/${name}`));
  });

  it('have every option of the help, and every exit code', async () => {
    for (const command of COMMAND_NAMES) {
      const { stdout } = await lifeboat([command, '--help']);
      const text = pages.find(({ name }) => name === `lifeboat-${command}.1`)?.text ?? '';
      for (const [, option = ''] of stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) {
        if (option !== '--help') expect(text, command).toContain(roffText(option));
      }
    }
    for (const [code] of EXIT_CODE_MEANINGS) expect(pages[0]?.text).toContain(`.B ${code}\n`);
  });

  it('hold no request that is not meant', () => {
    for (const { name, text } of pages) {
      const requests = new Set([...text.matchAll(/^[.'](\S*)/gm)].map(([, request]) => request));
      const known = ['TH', 'SH', 'SS', 'TP', 'PP', 'B', 'BR', 'nf', 'fi', 'sp', 'nh', 'ad'];
      expect(
        [...requests].filter((request) => !known.includes(request ?? '')),
        name,
      ).toEqual([]);
    }
  });

  it.skipIf(!hasGroff)('are rendered without a warning', () => {
    const main = rendered(pages[0]?.text ?? '');
    expect(main).toContain('lifeboat query latest "SELECT count(*) FROM public.orders"');
    expect(main).toMatch(/^LIFEBOAT\(1\)/m);
    rendered(pages.map(({ text }) => text).join(''));
  });

  it.skipIf(!hasGroff)('show any text as it is', () => {
    for (const text of [".TH x 'y'", "'quoted", 'a\\fBb\\n(.x', '--no-x ^ ~ ` "z"', 'é – …', '.']) {
      expect(rendered(['.TH A 1', '.nh', '.PP', roffText(text)].join('\n'))).toContain(text);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const line of item(text, text).slice(1)) expect(line).toMatch(/^(\.B |[^.'])/);
      }),
    );
  });
});
