import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

export interface ActionDefinition {
  readonly inputs: Readonly<Record<string, { description: string; default?: string; required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { description: string; value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: ReadonlyArray<{
      readonly id?: string;
      readonly shell: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }>;
  };
}

export interface ActionRun {
  readonly exitCode: number;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export function readAction(path: string): ActionDefinition {
  return parse(readFileSync(path, 'utf8')) as ActionDefinition;
}

/**
 * Runs the steps of a composite action as GitHub's runner does: inputs as expressions, bash by its command line
 * (documentation, "Workflow syntax", shell), the files of GITHUB_OUTPUT and GITHUB_STEP_SUMMARY read afterwards. Other
 * expressions than `inputs.…` and `steps.….outputs.…` are refused.
 */
export async function runAction(
  path: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<ActionRun> {
  const action = readAction(path);
  const unknown = Object.keys(inputs).find((name) => !(name in action.inputs));
  if (unknown !== undefined) throw new Error(`the action has no input ${unknown}`);
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-runner-'));
  const [output, summary] = [join(directory, 'output'), join(directory, 'summary')];
  const steps: Record<string, Record<string, string>> = {};
  let [exitCode, log] = [0, ''];
  try {
    writeFileSync(summary, '');
    for (const [index, step] of action.runs.steps.entries()) {
      writeFileSync(output, '');
      const script = join(directory, `step-${index}.sh`);
      writeFileSync(script, evaluated(step.run, action, inputs, steps));
      const env = Object.fromEntries(
        Object.entries(step.env ?? {}).map(([name, text]) => [name, evaluated(text, action, inputs, steps)]),
      );
      const ended = await run(['--noprofile', '--norc', '-eo', 'pipefail', script], directory, {
        ...environment,
        ...env,
        GITHUB_ACTION_PATH: dirname(path),
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
      });
      log += ended.log;
      exitCode = ended.exitCode;
      if (step.id !== undefined) steps[step.id] = readOutputs(readFileSync(output, 'utf8'));
      if (exitCode !== 0) break;
    }
    const outputs = Object.entries(action.outputs).map(([name, { value }]) => [
      name,
      evaluated(value, action, inputs, steps),
    ]);
    return { exitCode, log, outputs: Object.fromEntries(outputs), summary: readFileSync(summary, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function evaluated(
  text: string,
  action: ActionDefinition,
  inputs: Readonly<Record<string, string>>,
  steps: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
    if (input !== undefined && input in action.inputs) {
      return inputs[input] ?? action.inputs[input]?.default ?? '';
    }
    const [, step, output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
    if (step === undefined || output === undefined) throw new Error(`unknown expression: ${expression}`);
    return steps[step]?.[output] ?? '';
  });
}

/** `name<<delimiter`, the value, the delimiter; or `name=value`. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const [, name, delimiter] = /^([\w-]+)<<(.+)$/.exec(line) ?? [];
    if (name !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter);
      if (end < 0) throw new Error(`the value of ${name} has no end`);
      outputs[name] = lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n');
    } else if (line !== '') {
      throw new Error(`not an output: ${line}`);
    }
  }
  return outputs;
}

async function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const child = spawn('bash', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log += text;
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { exitCode, log };
}
