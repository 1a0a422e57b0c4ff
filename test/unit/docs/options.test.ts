import { describe, expect, it } from 'vitest';
import { optionsByCommand } from '../../support/docs/command-options.ts';
import { codeBlocks, codeSpans, linkTargets, PAGES, readPage } from '../../support/docs/markdown.ts';

const CLI = readPage('docs/cli.md');
/** Options of other programs, as these pages speak of them. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  'docs/break-glass.md': ['--bypass-governance-retention'],
  'docs/construct.md': ['--force'],
  'docs/deploy.md': ['--invocation-type'],
  'docs/hosts.md': ['--no-tablespaces'],
};
/** What the pages tell users; the others tell of flags of Node.js, pg_dump and the tests. */
const USER_PAGES = PAGES.filter(
  (path) => !/^(CHANGELOG|CONTRIBUTING)\.md$|^docs\/(decisions\/|performance\.md$)/.test(path),
);

const commands = await optionsByCommand();

/** The options that a text names in code: `--name` with or without a value, in spans and in blocks. */
function optionsIn(text: string): Set<string> {
  const code = [...codeSpans(text), ...codeBlocks(text).map((block) => block.text)];
  return new Set(code.flatMap((one) => one.match(/(?<![\w-])--[a-z][a-z0-9-]*(?![\w…-])/g) ?? []));
}

/** docs/cli.md, and the pages that its row of this command leads to. */
function pagesOf(command: string): string[] {
  const [name = ''] = command.split(' ');
  const rows = CLI.split('\n').filter((line) => line.startsWith(`| \`lifeboat ${name}`));
  const linked = rows.flatMap((row) => linkTargets(row)).map((target) => target.replace(/#.*/, ''));
  return ['docs/cli.md', ...new Set(linked.filter((page) => page !== '').map((page) => `docs/${page}`))];
}

describe('docs/cli.md', () => {
  it('names every option of every command, there or on the page that it gives the command', () => {
    const named = new Map(PAGES.map((path) => [path, optionsIn(readPage(path))]));
    const missing = [...commands].flatMap(([command, options]) =>
      [...options]
        .filter((option) => !pagesOf(command).some((page) => named.get(page)?.has(option)))
        .map((option) => `${command} ${option}`),
    );
    expect(missing).toEqual([]);
  });

  it('says of options of single commands whose they are', () => {
    const rows = [...CLI.matchAll(/^\| (`--[^|]+) \| (`[^|]+`) \| /gm)].filter(([, , of]) =>
      commands.has(/`([^`]+)`/.exec(of ?? '')?.[1] ?? ''),
    );
    expect(rows.length).toBeGreaterThan(15);
    const wrong = rows.flatMap(([, options = '', of = '']) =>
      codeSpans(of).flatMap((command) =>
        [...optionsIn(options)]
          .filter((option) => !commands.get(command)?.has(option))
          .map((option) => `${command} ${option}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

it.each(USER_PAGES)('%s names no option in its text that no command has', (path) => {
  const known = new Set([...commands.values()].flatMap((options) => [...options]));
  const spoken = codeSpans(readPage(path)).filter((span) => span.startsWith('--'));
  const options = spoken.flatMap((span) => [...optionsIn(`\`${span}\``)]);
  const allowed = [...(FOREIGN[path] ?? []), '--help', '--version'];
  expect(options.filter((option) => !known.has(option) && !allowed.includes(option))).toEqual([]);
});
