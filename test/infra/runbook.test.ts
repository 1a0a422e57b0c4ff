import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { codeBlocks, codeSpans, readPage } from '../support/docs/markdown.ts';
import { shellCommands } from '../support/docs/shell-commands.ts';
import { templateOf } from './support/synthesized.ts';

/** What the runbook defines at its start: each takes an output's name first. */
const HELPERS: ReadonlySet<string | undefined> = new Set(['output', 'logs', 'errors', 'invoke', 'queue']);
const WITH_REPLICA = {
  sources:
    environments.production?.sources.map((one, index) =>
      index === 0 ? { ...one, pointInTime: {}, exports: [{ name: 'users', tables: ['public.users'] }] } : one,
    ) ?? [],
  notifications: { emails: ['on-call@example.com'], channels: [] },
  account: '111122223333',
  region: 'eu-central-1',
  replica: { region: 'eu-west-1' },
};
const OUTPUTS = new Set(Object.keys(templateOf('production', WITH_REPLICA).toJSON().Outputs));
const PAGES = ['docs/runbook.md', 'docs/restore-without-lifeboat.md', 'docs/deploy.md'];

describe('the outputs that the documentation names', () => {
  it('in commands are those of the stack', () => {
    const page = readPage('docs/runbook.md');
    const scripts = [...codeBlocks(page).map(({ text }) => text), ...codeSpans(page)];
    const named = scripts
      .flatMap(shellCommands)
      .flatMap(([name, output]) => (HELPERS.has(name) && output !== undefined ? [output] : []))
      .filter((output) => output !== '$1');
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((output) => !OUTPUTS.has(output))).toEqual([]);
  });

  it('as placeholders are those of the stack', () => {
    const named = PAGES.flatMap((path) => [...readPage(path).matchAll(/<([A-Z][A-Za-z]+)>/g)]).map(
      ([, name]) => name,
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name = '') => !OUTPUTS.has(name))).toEqual([]);
  });

  it('are all explained', () => {
    const explained = new Set(codeSpans(readPage('docs/runbook.md')));
    const missing = [...OUTPUTS].filter((output) => !output.endsWith('Billing') && !explained.has(output));
    expect(missing).toEqual([]);
  });
});
