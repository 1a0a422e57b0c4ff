import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildProgram } from '../../../lib/cli/program.ts';
import { codeBlocks, ROOT, readPage } from '../../support/docs/markdown.ts';
import { readAction } from '../../support/pipelines/composite-runner.ts';
import { CapturedStream } from '../cli/captured-stream.ts';

const action = readAction(join(ROOT, 'action.yml'));
const PAGE = readPage('docs/pipelines.md');
const blocks = codeBlocks(PAGE).filter(({ language }) => language === 'yaml');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { 'runs-on': string; steps: readonly Step[] }>>;
}
const workflows = blocks
  .filter(({ heading }) => heading.startsWith('GitHub'))
  .map(({ text }) => ({ text, ...(parse(text) as Workflow) }));
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe('the action', () => {
  it('puts no expression into the text of a shell, and each input into a variable', () => {
    const variables = action.runs.steps.flatMap(({ env = {} }) => Object.values(env));
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
    expect(variables.toSorted()).toEqual(
      Object.keys(action.inputs)
        .map((name) => `\${{ inputs.${name} }}`)
        .toSorted(),
    );
  });

  it('is told whole in the docs', () => {
    for (const name of [...Object.keys(action.inputs), ...Object.keys(action.outputs)]) {
      expect(PAGE, name).toMatch(new RegExp(`^\\| .*\`${name}\`.* \\|`, 'm'));
    }
  });
});

describe('the workflows of the docs', () => {
  it('are two, and each has a job with a runner and a trigger', () => {
    expect(workflows).toHaveLength(2);
    for (const workflow of workflows) {
      expect(Object.keys(workflow.on).length).toBeGreaterThan(0);
      for (const job of Object.values(workflow.jobs)) expect(job['runs-on']).toBe('ubuntu-24.04');
    }
  });

  it('pin what others write by a commit, and say of which version', () => {
    for (const workflow of workflows) {
      for (const { uses } of stepsOf(workflow)) {
        if (uses === undefined || uses.startsWith('example/')) continue;
        expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
        expect(workflow.text).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+\\n`));
      }
    }
  });

  it('give the action inputs that it has, may ask for a token, and read outputs of earlier steps', () => {
    for (const workflow of workflows) {
      expect(workflow.permissions['id-token']).toBe('write');
      const earlier = new Set<string>();
      for (const step of stepsOf(workflow)) {
        if (step.uses?.startsWith('example/')) {
          expect(Object.keys(step.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
          expect(['backup', 'drill', 'verify']).toContain(step.with?.command);
        }
        const text = JSON.stringify(step);
        for (const [, id = '', output = ''] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
          expect(earlier.has(id), id).toBe(true);
          expect(Object.keys(action.outputs)).toContain(output);
        }
        expect(step.run ?? '').not.toContain('${{');
        if (step.id) earlier.add(step.id);
      }
    }
  });
});

describe('the jobs for GitLab CI', () => {
  const template = parse(readFileSync(join(ROOT, 'pipelines', 'lifeboat.gitlab-ci.yml'), 'utf8'));

  it('are of this version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(template['.lifeboat'].variables.LIFEBOAT_PACKAGE).toBe(`pg-lifeboat@${version}`);
  });

  it('are those that the docs extend', () => {
    const shown = blocks.filter(({ heading }) => heading === 'GitLab').map(({ text }) => parse(text));
    const extended = shown.flatMap((file) =>
      Object.values<{ extends?: string }>(file).flatMap((job) => job?.extends ?? []),
    );
    expect(extended).toEqual(['.lifeboat-backup', '.lifeboat-drill']);
    for (const name of extended) expect(template).toHaveProperty([name]);
  });

  it('give the commands options that they have', async () => {
    for (const name of ['backup', 'drill', 'verify']) {
      const lines: string = template[`.lifeboat-${name}`].script.join('\n');
      const program = await buildProgram([name], {
        environment: {},
        directory: ROOT,
        stdout: new CapturedStream(),
        stderr: new CapturedStream(),
        signal: new AbortController().signal,
        now: () => new Date(),
        withVault: () => Promise.reject(new Error('no command is to be run')),
        present: () => {},
      });
      const known = program.commands[0]?.options.map(({ long }) => long) ?? [];
      const used = [...lines.matchAll(/(--[a-z-]+)(?:=| \\)/g)].map(([, option]) => option);
      expect(used.length).toBeGreaterThan(1);
      expect(used.filter((option) => !known.includes(option ?? ''))).toEqual([]);
    }
  });
});
