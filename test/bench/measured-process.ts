import { spawn } from 'node:child_process';

export interface Measured {
  readonly seconds: number;
  /** Of the process itself; its children not counted. */
  readonly peakResidentMegabytes: number;
  /** User and system, all its threads together. */
  readonly processorSeconds: number;
  readonly stdout: string;
}

/**
 * Linux keeps the peak of getrusage over execve (fs/exec.c), so that a child of a large process would seem as large. VmHWM
 * is that of the program alone.
 */
const TELL_PEAK = encodeURIComponent(
  `import { existsSync, readFileSync } from 'node:fs';
   process.on('exit', () => {
     const status = '/proc/self/status';
     const own = existsSync(status) ? /^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
     const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
     process.stderr.write('\\npeak ' + (own ?? maxRSS) + ' processor ' + (userCPUTime + systemCPUTime) + '\\n');
   })`,
);

/** Runs a Node program to its end, and learns its peak of resident memory and processor time from itself. */
export async function measureNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${TELL_PEAK}`, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  const told = [...stderr.matchAll(/^peak (\d+) processor (\d+)$/gm)].map((match) => match.map(Number));
  return {
    seconds: (performance.now() - started) / 1000,
    peakResidentMegabytes: Math.round(Math.max(...told.map(([, kilobytes = 0]) => kilobytes)) / 1000),
    // A thread tells of the whole process, too.
    processorSeconds: Math.max(...told.map(([, , microseconds = 0]) => microseconds)) / 1e6,
    stdout,
  };
}

export interface CommandTimes {
  readonly seconds: number;
  /** User and system, of all its processes; not of the server. */
  readonly processorSeconds: number;
}

/** Runs a shell pipeline to its end, as bash times it; throws when it fails. */
export async function measureCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
): Promise<CommandTimes> {
  const timed = `TIMEFORMAT='times %R %U %S'; time { ${command}; } >/dev/null`;
  const child = spawn('bash', ['-o', 'pipefail', '-c', timed], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [, ...told] = /^times (\S+) (\S+) (\S+)$/m.exec(stderr) ?? [];
  const [seconds = Number.NaN, user = 0, system = 0] = told.map(Number);
  if (code !== 0 || Number.isNaN(seconds)) throw new Error(`${command} ended with ${code}: ${stderr}`);
  return { seconds, processorSeconds: user + system };
}

/** Runs a shell pipeline to its end; throws when it fails. */
export async function measureShell(
  command: string,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const started = performance.now();
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return (performance.now() - started) / 1000;
}
