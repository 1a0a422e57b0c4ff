import { spawn } from 'node:child_process';

export interface Measured {
  readonly seconds: number;
  /** Of the process itself; its children not counted. */
  readonly peakResidentMegabytes: number;
  readonly stdout: string;
}

const TELL_PEAK = encodeURIComponent(
  `process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS + '\\n'))`,
);

/** Runs a Node program to its end, and learns its peak of resident memory from itself (getrusage, in kilobytes). */
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
  const peaks = [...stderr.matchAll(/^peak (\d+)$/gm)].map(([, kilobytes]) => Number(kilobytes));
  return {
    seconds: (performance.now() - started) / 1000,
    peakResidentMegabytes: Math.round(Math.max(...peaks) / 1000),
    stdout,
  };
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
