import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ALARM_TEXTS } from '../../../lib/contract/alarm-texts.ts';
import type { RunbookFacts } from '../../../lib/engine/runbook/deployment.ts';
import { REHEARSALS } from '../../../lib/engine/runbook/drill-days.ts';
import { readDeployment } from '../../../lib/engine/runbook/read-deployment.ts';
import {
  findsPlaceholder,
  MOMENT_PLACEHOLDERS,
  placeholdersIn,
} from '../../../lib/present/markdown/placeholders.ts';
import { runbookPage } from '../../../lib/present/markdown/runbook-page.ts';
import { TimeZone } from '../../../lib/schedule/time-zone.ts';
import { AWS_OPTIONS, GLOBAL_OPTIONS } from '../../support/docs/aws-options.ts';
import {
  anchors,
  codeBlocks,
  codeSpans,
  headings,
  linkTargets,
  readPage,
} from '../../support/docs/markdown.ts';
import { refusedCommands } from '../../support/docs/refused-command.ts';
import { shellCommands } from '../../support/docs/shell-commands.ts';

const TEMPLATE = readPage('docs/runbook.md');
const ZONE = new TimeZone('Europe/Berlin');
const writtenAt = new Date('2026-11-30T10:00:00Z');

const source = (name: string, more: object = {}) => ({ name, secretName: `lifeboat/live/${name}`, ...more });
const FULL = {
  account: '123456789012',
  region: 'eu-central-1',
  sources: [source('orders-eu', { health: {}, pointInTime: {} })],
  notifications: { emails: ['ada@example.com'], channels: [] },
  replica: { region: 'eu-west-3', drillSchedule: 'cron(0 5 ? * SUN *)' },
  contacts: [
    { name: 'Ada | *Lovelace*', role: '<b>decides</b>', phone: '+49 30 1234567', hours: '24/7' },
    { name: 'Host', role: 'server', url: 'https://support.example.com/a|b' },
  ],
};
const LEAST = {
  sources: [source('orders-eu', { drill: 'off' })],
  notifications: { emails: ['a@example.com'] },
  scrub: 'off',
};

function factsOf(environment: object | undefined, more: Partial<RunbookFacts> = {}): RunbookFacts {
  const deployment = environment && readDeployment({ live: environment }, 'live');
  return {
    deployment,
    source: undefined,
    sources: deployment?.sources.map(({ name }) => name) ?? ['orders-eu'],
    stack: undefined,
    replicaStack: undefined,
    vault: undefined,
    drills: { why: 'nobody asked', remedy: 'Ask.' },
    writtenAt,
    version: '0.1.0',
    ...more,
  };
}

const OUTPUTS = new Map([
  ['VaultBucket', 'live-vault-1a2b'],
  ['BackupFunctionOrdersEu', "it's $(touch /tmp/x)"],
  ['RestoreRole', 'arn:aws:iam::123456789012:role/live-restore'],
]);
const stack = {
  outputs: OUTPUTS,
  resources: new Map([['AWS::Logs::LogGroup', ['/aws/lambda/live-backup']]]),
};
const several = { ...FULL, replica: undefined, sources: [source('orders-eu'), source('billing')] };
const drilled = [{ source: 'orders-eu', newest: undefined, proven: undefined, database: 'My $(shop)' }];

const PAGES: ReadonlyArray<readonly [string, RunbookFacts]> = [
  ['of everything', factsOf(FULL, { stack, vault: 's3://live-vault-1a2b', drills: drilled })],
  ['offline', factsOf(FULL)],
  ['of the least', factsOf(LEAST)],
  ['of several sources', factsOf(several, { stack })],
  ['of one of several', factsOf(several, { source: 'billing' })],
  ['of a vault', factsOf(undefined, { vault: 'file:///srv/vault', drills: drilled })],
  ['of an empty vault', factsOf(undefined, { vault: 's3://b/p', sources: [], drills: [] })],
];
const pages = PAGES.map(([name, facts]) => [name, runbookPage(TEMPLATE, facts, ZONE), facts] as const);

/** A shell reads `<word>` as a file to read from; a person fills it in first. */
function scriptOf(page: string): string {
  return codeBlocks(page)
    .filter(({ language }) => language === 'sh')
    .map(({ text }, index) => `block${index}() {\n${text.replaceAll(/<[A-Za-z][^<>\n]*>/g, 'filled')}\n}`)
    .join('\n');
}

function syntaxErrors(script: string): string {
  return spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr;
}

describe('the runbook as a template', () => {
  it('has only placeholders that somebody explained', () => {
    const names = placeholdersIn(TEMPLATE);
    expect(names.length).toBeGreaterThan(20);
    const unknown = names.filter(
      (name) => !MOMENT_PLACEHOLDERS.has(name) && findsPlaceholder(name) === undefined,
    );
    expect(unknown).toEqual([]);
    const unused = [...MOMENT_PLACEHOLDERS].filter((name) => !names.includes(name) && name !== 'profile');
    expect(unused).toEqual([]);
  });

  it('names the example nowhere in a command but where a variable is set', () => {
    const commands = codeBlocks(TEMPLATE)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.split('\n'))
      .filter((line) => !/^(environment|source|Source|secret|database)=/.test(line));
    expect(
      commands.filter((line) => /\bapp\b|FunctionApp\b|\bshop\b|lifeboat-production/.test(line)),
    ).toEqual([]);
  });

  it('has a heading for every kind of alarm, and for every drill of the calendar', () => {
    const there = headings(TEMPLATE);
    expect(Object.keys(ALARM_TEXTS).filter((kind) => !there.includes(kind))).toEqual([]);
    expect(REHEARSALS.filter(({ heading }) => !there.includes(heading))).toEqual([]);
  });

  it('is good shell in every block', () => {
    expect(syntaxErrors('f() {\nif\n}')).toContain('syntax error');
    expect(syntaxErrors(scriptOf(TEMPLATE))).toBe('');
  });

  it('gives AWS only options that its commands have, and all that they need', () => {
    const given = [
      ...codeBlocks(TEMPLATE)
        .filter(({ language }) => language === 'sh')
        .map(({ text }) => text),
      ...codeSpans(TEMPLATE),
    ]
      .flatMap(shellCommands)
      .filter(([name, service, operation]) => name === 'aws' && service && operation);
    expect(given.length).toBeGreaterThan(40);
    expect(given.flatMap(faultsOf)).toEqual([]);
    expect(faultsOf(['aws', 'sqs', 'purge-queue', '--queue', 'x'])).toEqual([
      'aws sqs purge-queue: has no --queue',
      'aws sqs purge-queue: needs --queue-url',
    ]);
  });
});

function faultsOf([, service, operation, ...args]: readonly string[]): string[] {
  const command = `${service} ${operation}`;
  const known = AWS_OPTIONS[command];
  if (!known) return [`aws ${command}: not in test/support/docs/aws-options.ts`];
  const options = args.filter((arg) => arg.startsWith('--')).map((arg) => arg.split('=')[0] ?? '');
  const may = [...known.options.split(' '), ...GLOBAL_OPTIONS];
  const isSpokenOf = options.length === 0;
  const isJson = options.includes('--cli-input-json');
  return [
    ...options.filter((option) => !may.includes(option)).map((option) => `aws ${command}: has no ${option}`),
    ...known.required
      .split(' ')
      .filter((option) => option !== '' && !isSpokenOf && !isJson && !options.includes(option))
      // The AWS CLI takes the file of an object, and of an answer, as a word of its own.
      .filter((option) => command !== 'cloudformation delete-stack' || option !== '--stack-name')
      .map((option) => `aws ${command}: needs ${option}`),
  ];
}

describe('each situation', () => {
  const SITUATIONS = [
    'Connection failure',
    'Accidental deletion of rows or a table',
    'Corruption',
    'Complete loss of the database',
    'Failed migration',
    'Slow queries',
    'Pool exhaustion',
    'Region outage',
    'Breach',
  ];
  it.each(SITUATIONS)(
    '%s: symptoms, first minutes, commands, when it is over, whom to tell what',
    (heading) => {
      const section = TEMPLATE.split(`\n### ${heading}\n`)[1]?.split(/\n### |\n## /)[0] ?? '';
      for (const part of ['**Symptoms.**', '**First five minutes.**', '**It is over** when', '**Tell**']) {
        expect(section.split(part).length - 1, part).toBe(1);
      }
      expect(section.indexOf('**Symptoms.**')).toBeLessThan(section.indexOf('**First five minutes.**'));
      expect(codeBlocks(section).filter(({ language }) => language === 'sh').length).toBeGreaterThan(0);
    },
  );
});

describe.each(pages)('a runbook %s', (_, { markdown, placeholders }, facts) => {
  it('has nothing of the template, and no link that leads nowhere', () => {
    expect(markdown).not.toMatch(/<!--|@placeholders@|undefined|\[object/);
    const there = anchors(markdown);
    const broken = linkTargets(markdown).filter(
      (target) => !/^https?:/.test(target) && !(target.startsWith('#') && there.has(target.slice(1))),
    );
    expect(broken).toEqual([]);
  });

  it('is good shell in every block, and its commands are taken', async () => {
    expect(syntaxErrors(scriptOf(markdown))).toBe('');
    expect(await refusedCommands(markdown)).toEqual([]);
  });

  it('says of each placeholder that is left what finds it, or that the moment does', () => {
    const head = markdown.split('\n## ')[0] ?? '';
    for (const name of placeholders) expect(head).toContain(`<${name}>`);
    expect(placeholders.filter((name) => !MOMENT_PLACEHOLDERS.has(name) && !findsPlaceholder(name))).toEqual(
      [],
    );
  });

  it('names no other source, and nothing of the example', () => {
    const code = [
      ...codeBlocks(markdown)
        .filter(({ language }) => language !== 'ts' && language !== 'json')
        .map(({ text }) => text),
      ...codeSpans(markdown),
    ].join('\n');
    expect(code).not.toMatch(/\bapp\b|FunctionApp\b|111122223333|lifeboat-production-/);
    if (facts.source !== undefined || facts.sources.length === 1) {
      expect(code.replaceAll(/^.*case "\$environment.*$/gm, '')).not.toMatch(/"?\$\{?(source|Source)\b/);
    }
  });
});

describe('a runbook', () => {
  const page = (name: string) => pages.find(([one]) => one === name)?.[1].markdown ?? '';

  it('has the names that are known in its commands', () => {
    const all = page('of everything');
    expect(all).toContain(`invoke BackupFunctionOrdersEu '{"reason":"by hand"}'`);
    expect(all).toContain('export LIFEBOAT_VAULT=s3://live-vault-1a2b AWS_REGION=eu-central-1');
    expect(all).toContain('role_arn = arn:aws:iam::123456789012:role/live-restore');
    expect(all).toContain('s3://lifeboat-live-123456789012-eu-west-3');
    expect(all).toContain('secret=lifeboat/live/orders-eu');
    expect(all).toContain('`lifeboat-live-orders-eu-no-backup-25h`');
    expect(all).toContain('`/aws/lambda/live-backup`');
    // The page-now of a replica is looked at with the same commands.
    expect(all).toContain('alarm orders-eu-page-now');
    expect(all).toContain('--alarm-names "lifeboat-$environment-$1"');
    expect(page('of the least')).toContain('--alarm-names "lifeboat-live-$1"');
  });

  it('answers what is known without asking AWS, and runs nothing that a name holds', () => {
    const { text = '' } =
      codeBlocks(page('of everything')).find(({ text }) => text.includes('output() {')) ?? {};
    const script = `aws() { echo asked; }\n${text}\noutput VaultBucket; output BackupFunctionOrdersEu; output Other; environment=live-replica; output VaultBucket`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual(['live-vault-1a2b', "it's $(touch /tmp/x)", 'asked', 'asked', '']);
  });

  it('sets a name that means something to a shell in quotes, and leaves its variable', () => {
    expect(page('of everything')).toContain(`database='My $(shop)'`);
    expect(page('of everything')).toContain('PGDATABASE="$database" sh');
  });

  it('lets a person choose among sources, and refuses another', () => {
    const { text = '' } =
      codeBlocks(page('of several sources')).find(({ text }) => text.includes('use() {')) ?? {};
    const choose = text.slice(
      text.indexOf('use() {'),
      text.indexOf('\nuse orders-eu') + '\nuse orders-eu'.length,
    );
    const run = (words: string) => spawnSync('sh', ['-c', `${choose}\n${words}`], { encoding: 'utf8' });
    expect(run('echo "$source $Source $secret"').stdout).toBe('orders-eu OrdersEu lifeboat/live/orders-eu\n');
    expect(run('use billing; echo "$source $Source $secret"').stdout).toBe(
      'billing Billing lifeboat/live/billing\n',
    );
    expect(run('use nothing').stderr).toBe('the sources are orders-eu, billing\n');
    expect(page('of one of several')).toContain('**It is not for `orders-eu`**');
  });

  it('prints contacts as text, whatever they hold', () => {
    expect(page('of everything')).toContain(
      '| Ada \\| \\*Lovelace\\* | \\<b\\>decides\\</b\\> | +49 30 1234567 | 24/7 |',
    );
    expect(page('of everything')).toContain('<https://support.example.com/a%7Cb>');
    expect(page('of the least')).toContain('**Nobody is named.**');
  });

  it('has of a vault what applies, and nothing of AWS', () => {
    const vault = page('of a vault');
    expect(headings(vault)).toEqual(
      expect.arrayContaining(['Situations', 'Slow queries', 'Messages', 'Drill calendar']),
    );
    expect(headings(vault)).not.toContain('Alarms');
    expect(vault).toContain('export LIFEBOAT_VAULT=file:///srv/vault');
    expect(vault).toContain("npx lifeboat backup --name orders-eu --reason 'before migration 005'");
    expect(codeBlocks(vault).filter(({ text }) => /^\s*(invoke|errors|output|queue) /m.test(text))).toEqual(
      [],
    );
  });

  it('leaves out alarms of what there is not', () => {
    const [least, all] = [headings(page('of the least')), headings(page('of everything'))];
    for (const kind of [
      'health-critical',
      'slot-dropped',
      'replica-behind',
      'scrub-damaged',
      'notify-errors',
    ]) {
      expect(least).not.toContain(kind);
      expect(all).toContain(kind);
    }
  });
});
