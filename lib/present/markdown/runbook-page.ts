import { inPascalCase, replicaBucketName, replicaEnvironment } from '../../contract/stack-names.ts';
import { slotName } from '../../engine/capture/names.ts';
import { code, list } from '../../engine/ground/markdown.ts';
import { quoteShell } from '../../engine/ground/shell.ts';
import { isAsked, type RunbookFacts } from '../../engine/runbook/deployment.ts';
import { drillDays } from '../../engine/runbook/drill-days.ts';
import type { LastDrill } from '../../engine/runbook/last-drill.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import { formatTime } from '../terminal/units.ts';
import { standAlone } from './links.ts';
import { namesSection } from './names-section.ts';
import { contactsSection, daysSection, figuresSection, sourcesOfFacts } from './people-sections.ts';
import { findsPlaceholder, placeholdersIn } from './placeholders.ts';
import { assignment, type Filling, fillTemplate } from './template.ts';

/** The runbook of one deployment, or of a vault without a stack. */
export interface RunbookPage {
  readonly markdown: string;
  /** What a person who uses it still has to fill in, and what could not be found out. */
  readonly placeholders: readonly string[];
}

/** Fills docs/runbook.md. */
export function runbookPage(template: string, facts: RunbookFacts, zone: TimeZone): RunbookPage {
  const filled = standAlone(fillTemplate(template, fillingOf(facts, zone)));
  const placeholders = placeholdersIn(filled);
  return { markdown: filled.replace('@placeholders@', () => placeholdersText(placeholders)), placeholders };
}

function fillingOf(facts: RunbookFacts, zone: TimeZone): Filling {
  const { deployment, sources, source, writtenAt } = facts;
  const isForAll = source === undefined && sources.length > 1;
  return {
    variables: variablesOf(facts),
    assign: (names) => assignmentsFor(facts, names),
    placeholders: placeholdersOf(facts),
    outputs: knownOutputs(facts),
    conditions: new Set([
      ...(deployment ? ['stack'] : ['vault']),
      ...(isForAll ? ['several'] : []),
      ...(deployment?.replica ? ['replica'] : []),
      ...(deployment?.hasWords ? ['words'] : []),
      ...(deployment?.isScrubbed ? ['scrub'] : []),
      ...(deployment?.sources.some(({ isHealthMeasured }) => isHealthMeasured) ? ['health'] : []),
      ...(deployment?.sources.some(({ isCaptured }) => isCaptured) ? ['capture'] : []),
      ...(deployment?.sources.some(({ isExported }) => isExported) ? ['export'] : []),
    ]),
    regions: new Map([
      ['head', headOf(facts)],
      [
        'outputs',
        'The values of all of them are under [names of this deployment](#names-of-this-deployment).',
      ],
      ['names', namesSection(facts)],
      ['contacts', contactsSection(facts)],
      ['figures', figuresSection(facts)],
      ['days', daysSection(drillDays(writtenAt, zone, sources), zone)],
    ]),
  };
}

function headOf(facts: RunbookFacts): string {
  const { deployment, source, sources, writtenAt, version, vault } = facts;
  const subject =
    deployment === undefined
      ? `the vault ${code(vault ?? '')}`
      : `the environment ${code(deployment.environment)}`;
  const whose =
    source !== undefined || sources.length < 2
      ? sources.length === 0 && source === undefined
        ? ''
        : `Its commands are for the source ${code(source ?? sources[0] ?? '')}.`
      : `**Its commands are for all sources (${list(sources)}): choose one in each terminal, with ${code(`use ${sources[0]}`)}.** With \`--name\`, a page has the names of one source everywhere.`;
  const others =
    source !== undefined && sources.length > 1
      ? `**It is not for ${list(sources.filter((one) => one !== source))}**, which ${sources.length > 2 ? 'have pages' : 'has a page'} of ${sources.length > 2 ? 'their' : 'its'} own.`
      : '';
  return [
    `**This is the runbook of ${subject}**, written on ${formatTime(writtenAt)} UTC by Lifeboat ${version}. ${whose} ${others}`
      .replaceAll(/ +/g, ' ')
      .trim(),
    '',
    sourcesOfFacts(facts),
    '',
    'Write it again after each deployment and each drill, and keep it where everybody who is on call can read it when your own systems are down: printed, too.',
    '',
    '@placeholders@',
  ].join('\n');
}

function placeholdersText(names: readonly string[]): string {
  const ofDeployment = names.filter((name) => findsPlaceholder(name) !== undefined);
  const ofMoment = names.filter((name) => findsPlaceholder(name) === undefined);
  const shown = (name: string) => code(`<${name}>`);
  return [
    ...(ofDeployment.length === 0
      ? []
      : [
          '**What this page does not know of the deployment**, and what finds it:',
          '',
          ...ofDeployment.map((name) => `- ${shown(name)}: ${findsPlaceholder(name)}`),
          '',
        ]),
    ...(ofMoment.length === 0
      ? []
      : [`What only the moment knows, you fill in yourself: ${ofMoment.map(shown).join(', ')}.`]),
  ].join('\n');
}

/** Variables that have one value on this page. Others stay variables, and `use` sets them. */
function variablesOf(facts: RunbookFacts): Map<string, string> {
  const { deployment, source, sources } = facts;
  const variables = new Map<string, string>();
  // Where there is a replica, one and the same command is for both stacks.
  if (deployment && !deployment.replica) variables.set('environment', deployment.environment);
  const only = source ?? (sources.length === 1 ? sources[0] : undefined);
  if (only === undefined) return variables;
  for (const [name, value] of valuesOf(facts, only)) if (value !== undefined) variables.set(name, value);
  return variables;
}

function valuesOf({ deployment, drills }: RunbookFacts, source: string): Array<[string, string | undefined]> {
  const settings = deployment?.sources.find(({ name }) => name === source);
  const known: readonly LastDrill[] = Array.isArray(drills) ? drills : [];
  return [
    ['source', source],
    ['Source', inPascalCase(source)],
    ['secret', settings?.secret],
    ['database', known.find((one) => one.source === source)?.database],
  ];
}

/** Lines that set variables for the page's source, or the function `use` that sets them for any of several. */
function assignmentsFor(facts: RunbookFacts, names: readonly string[]): string[] {
  const { deployment, source, sources } = facts;
  const environment = names.includes('environment')
    ? [assignment('environment', deployment?.environment ?? '')]
    : [];
  const wanted = names.filter((name) => name !== 'environment');
  return source === undefined && sources.length > 1
    ? [...environment, ...chooserOf(facts, wanted)]
    : [...environment, ...linesOf(facts, source ?? sources[0], wanted)];
}

/** What is not known is asked for when the line runs, or has a placeholder: a shell refuses that, and does not go on without. */
function linesOf(facts: RunbookFacts, source: string | undefined, names: readonly string[]): string[] {
  const values = new Map(source === undefined ? [] : valuesOf(facts, source));
  return names.map((name) => {
    const value = values.get(name);
    if (value !== undefined) return assignment(name, value);
    return name === 'database' && source !== undefined
      ? `database=$(npx lifeboat show latest --name ${source} --json | jq -r .manifest.server.database)`
      : `${name}=<${name}>`;
  });
}

function chooserOf(facts: RunbookFacts, names: readonly string[]): string[] {
  const { sources } = facts;
  return [
    'use() {',
    '  case "$1" in',
    ...sources.flatMap((source) => [
      `    ${source})`,
      ...linesOf(facts, source, names).map((line) => `      ${line}`),
      '      ;;',
    ]),
    '    *)',
    `      echo ${quoteShell(`the sources are ${sources.join(', ')}`)} >&2`,
    '      ;;',
    '  esac',
    '}',
    `use ${sources[0]}`,
  ];
}

function placeholdersOf(facts: RunbookFacts): Map<string, string> {
  const { deployment, stack, vault, source, sources } = facts;
  const outputs = isAsked(stack) ? [...stack.outputs] : [];
  const placeholders = new Map<string, string>(outputs);
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined) placeholders.set(name, value);
  };
  put('region', deployment?.region);
  put('account', deployment?.account);
  put('vault', vault);
  const only = source ?? (sources.length === 1 ? sources[0] : undefined);
  if (only !== undefined) {
    put('slot', slotName(only));
    for (const [name, value] of valuesOf(facts, only)) if (name === 'database') put(name, value);
  }
  const { environment, replica } = deployment ?? {};
  put('replica region', replica?.region);
  if (environment !== undefined && replica?.account !== undefined)
    put('ReplicaBucket', replicaBucketName(environment, replica.account, replica.region));
  return placeholders;
}

/** The outputs that are known, for the function `output` of the first terminal: it then answers without asking AWS. */
function knownOutputs({ deployment, stack, replicaStack }: RunbookFacts): string {
  const { environment = '' } = deployment ?? {};
  const lines = [
    ...(isAsked(stack) ? casesOf(environment, stack.outputs) : []),
    ...(isAsked(replicaStack) ? casesOf(replicaEnvironment(environment), replicaStack.outputs) : []),
  ];
  return lines.length === 0 ? '' : ['  case "$environment/$1" in', ...lines, '  esac'].join('\n');
}

function casesOf(environment: string, outputs: ReadonlyMap<string, string>): string[] {
  return [...outputs]
    .filter(([key]) => /^[A-Za-z0-9]+$/.test(key))
    .map(([key, value]) => `    ${environment}/${key}) echo ${quoteShell(value)}; return ;;`);
}
