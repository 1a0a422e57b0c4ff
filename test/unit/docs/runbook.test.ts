import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES } from '../../../lib/cli/program.ts';
import { lifeboatCommands } from '../../support/docs/lifeboat-commands.ts';
import {
  anchors,
  codeBlocks,
  codeSpans,
  headings,
  linkTargets,
  PAGES,
  ROOT,
  readPage,
} from '../../support/docs/markdown.ts';
import { refusalOf, refusedCommands } from '../../support/docs/refused-command.ts';
import { shellCommands } from '../../support/docs/shell-commands.ts';

const RUNBOOK = readPage('docs/runbook.md');

describe('the commands that the documentation shows', () => {
  it.each(PAGES)('of %s are taken by the command line', async (path) => {
    expect(await refusedCommands(readPage(path))).toEqual([]);
  });

  it('show every command there is', () => {
    const shown = new Set(PAGES.flatMap((path) => lifeboatCommands(readPage(path))).map(([name]) => name));
    expect([...COMMAND_NAMES].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('would be refused with an option that is not there', async () => {
    const page = 'Then:\n\n```sh\nexport A=1; backup=$(npx lifeboat list --nmae app | head -1)\n```\n';
    const [args = []] = lifeboatCommands(page);
    expect(args).toEqual(['list', '--nmae', 'app']);
    expect(await refusalOf(args)).toContain("unknown option '--nmae'");
    expect(await refusalOf(['drill', '--class', 'hourly'])).toContain('Allowed choices');
    expect(await refusalOf(['query'])).toContain("missing required argument 'backup'");
  });
});

describe('an alarm that the documentation sets by hand', () => {
  const set = PAGES.map(readPage)
    .flatMap((page) => [...codeBlocks(page).map(({ text }) => text), ...codeSpans(page)])
    .flatMap(shellCommands)
    .filter((words) => words.slice(0, 3).join(' ') === 'aws cloudwatch set-alarm-state')
    .map((words) => words[words.indexOf('--alarm-name') + 1] ?? '');

  it('is a metric alarm: a composite one would stay red', () => {
    expect(set.length).toBeGreaterThan(0);
    for (const name of set) expect(name).toMatch(/-no-backup-25h$/);
  });
});

describe('finding commands in shell', () => {
  it.each([
    [
      'a comment and a continued line',
      'lifeboat list \\\n  --json   # all\n',
      [['lifeboat', 'list', '--json']],
    ],
    [
      'quotes',
      `lifeboat drill --check 'a b=SELECT "x"=t'`,
      [['lifeboat', 'drill', '--check', 'a b=SELECT "x"=t']],
    ],
    ['a prompt and assignments', '$ A=1 B=2 lifeboat list', [['lifeboat', 'list']]],
    [
      'a pipe and a file',
      'lifeboat list 2>&1 | jq . > out.json',
      [
        ['lifeboat', 'list'],
        ['jq', '.'],
      ],
    ],
    ['a placeholder', 'lifeboat show <backup>', [['lifeboat', 'show', '<backup>']]],
    [
      'a substitution in quotes',
      'ls "x/$(lifeboat list)"',
      [
        ['lifeboat', 'list'],
        ['ls', 'x/$(…)'],
      ],
    ],
    ['a here document', 'psql <<SQL\nlifeboat nothing;\nSQL\nls\n', [['psql'], ['ls']]],
    ['a function', 'f() {   # why\n  ls "$1"\n}\n', [['f'], ['ls', '$1']]],
  ])('knows %s', (_, script, commands) => {
    expect(shellCommands(script)).toEqual(commands);
  });
});

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (path) => {
    const broken = linkTargets(readPage(path)).filter(
      (target) => !/^[a-z]+:/.test(target) && !leads(path, target),
    );
    expect(broken).toEqual([]);
  });

  it('are looked at', () => {
    expect(linkTargets(RUNBOOK).length).toBeGreaterThan(50);
    expect(leads('docs/runbook.md', '#no-such-heading')).toBe(false);
    expect(leads('docs/runbook.md', 'no-such-page.md')).toBe(false);
    expect(leads('docs/runbook.md', '../README.md#no-such-heading')).toBe(false);
  });

  function leads(from: string, target: string): boolean {
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? from : normalize(join(dirname(from), decodeURIComponent(file)));
    if (!existsSync(join(ROOT, path))) return false;
    return (
      anchor === undefined || (statSync(join(ROOT, path)).isFile() && anchors(readPage(path)).has(anchor))
    );
  }
});

describe('the runbook', () => {
  it('names only codes of errors that there are', () => {
    const sources = globSync('{lib,lambda}/**/*.ts', { cwd: ROOT }).map((path) =>
      readFileSync(join(ROOT, path), 'utf8'),
    );
    const codes = new Set(
      sources.flatMap((text) => [...text.matchAll(/code: '([a-z-]+)'/g)].map(([, code]) => code)),
    );
    const alarms = new Set(headings(RUNBOOK));
    const named = codeSpans(RUNBOOK)
      .filter((span) =>
        /^(source|vault|secret|backup|drill|sentinel|object|manifest|proof|embedded|function)(-[a-z]+)+$/.test(
          span,
        ),
      )
      .filter((span) => !alarms.has(span));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((code) => !codes.has(code))).toEqual([]);
  });

  // zsh, the shell of macOS, takes no comments at its prompt: `#` would be a command.
  it.each(['docs/runbook.md', 'docs/restore-without-lifeboat.md'])(
    '(%s) shows commands that can be pasted into any shell',
    (path) => {
      const scripts = codeBlocks(readPage(path)).filter(({ language }) => language === 'sh');
      expect(scripts.length).toBeGreaterThan(3);
      expect(scripts.filter(({ text }) => /(^|\s)#/.test(text))).toEqual([]);
    },
  );

  it('tells of each alarm what it means, what to look at, and when it is over', () => {
    const kinds = headings(RUNBOOK).slice(
      headings(RUNBOOK).indexOf('Alarms') + 1,
      headings(RUNBOOK).indexOf('Situations'),
    );
    expect(kinds.length).toBeGreaterThan(0);
    for (const kind of kinds) {
      const section = RUNBOOK.split(`\n### ${kind}\n`)[1]?.split('\n### ')[0] ?? '';
      expect(section, kind).toContain('**What it means.**');
      expect(section, kind).toContain('**Look first');
      expect(section, kind).toContain('**It is over**');
      expect(codeBlocks(section).length, kind).toBeGreaterThan(0);
    }
  });
});
