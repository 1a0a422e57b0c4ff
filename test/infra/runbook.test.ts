import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { alarmsOf } from '../../lib/engine/runbook/alarm-names.ts';
import { readDeployment } from '../../lib/engine/runbook/read-deployment.ts';
import { codeBlocks, codeSpans, readPage } from '../support/docs/markdown.ts';
import { shellCommands } from '../support/docs/shell-commands.ts';
import { resolve } from './support/intrinsics.ts';
import { resources, templateOf } from './support/synthesized.ts';

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
const TEMPLATE = templateOf('production', WITH_REPLICA);
const OUTPUTS = new Set(Object.keys(TEMPLATE.toJSON().Outputs));
const PAGES = ['docs/runbook.md', 'docs/restore-without-lifeboat.md', 'docs/deploy.md'];

describe('the outputs that the documentation names', () => {
  it('in commands are those of the stack', () => {
    const page = readPage('docs/runbook.md');
    const scripts = [...codeBlocks(page).map(({ text }) => text), ...codeSpans(page)];
    const named = scripts
      .flatMap(shellCommands)
      .flatMap(([name, output]) => (HELPERS.has(name) && output !== undefined ? [output] : []))
      .map((output) => output.replace('$Source', 'App'))
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

describe('what the runbook of a deployment names without asking AWS', () => {
  const deployment = readDeployment(
    { production: { ...environments.production, ...WITH_REPLICA } },
    'production',
  );

  it('are the alarms that the stack makes', () => {
    const made = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
      resources(TEMPLATE, type).map(([, { Properties }]) => {
        const { AlarmName, AlarmDescription } = resolve(Properties) as Record<
          'AlarmName' | 'AlarmDescription',
          string
        >;
        return { name: AlarmName, kind: AlarmDescription.split('#').at(-1) };
      }),
    );
    const named = alarmsOf(deployment).filter(({ name }) => !name.startsWith('lifeboat-production-replica-'));
    expect(made.length).toBeGreaterThan(40);
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(named.toSorted(byName)).toEqual(made.toSorted(byName));
  });
});
