import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../../bin/lifeboat.mjs', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningLifeboat {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The Node to start it with; this one unless given. */
  readonly node?: string;
  readonly launcher?: string;
  readonly directory?: string;
}

/** Starts the command as a person would, in a process of its own with pipes, and an environment that holds no more than given. */
export function startLifeboat(argv: readonly string[], options: StartOptions = {}): RunningLifeboat {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(options.node ?? process.execPath, [options.launcher ?? LAUNCHER, ...argv], {
    cwd: options.directory,
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return { child, ended };
}

export function lifeboat(argv: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startLifeboat(argv, options).ended;
}
