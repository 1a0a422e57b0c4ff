import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { PostgresServer } from './postgres-server.ts';

/**
 * PATH, with psql itself before Debian's pg_wrapper: that is a program in Perl, which takes four times the processor time of the
 * psql that it starts, and restore.sh calls psql dozens of times. RECOVERY.md and the runbook are tried with the wrapper.
 */
export const PROGRAMS_PATH = [...psqlBehindWrapper(), process.env.PATH ?? ''].join(delimiter);

function psqlBehindWrapper(): string[] {
  const found = programPath('psql', process.env.PATH);
  if (found === undefined || !realpathSync(found).endsWith('/pg_wrapper')) return [];
  // The newest one, as the wrapper takes it.
  return readdirSync('/usr/lib/postgresql')
    .sort((a, b) => Number(b) - Number(a))
    .map((major) => `/usr/lib/postgresql/${major}/bin`)
    .filter((folder) => programPath('psql', folder) !== undefined)
    .slice(0, 1);
}

/** Where a program is; undefined when it is not installed. */
export function programPath(name: string, path = PROGRAMS_PATH): string | undefined {
  for (const folder of path.split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** Those of `names` that are not installed, said aloud: a suite that needs them is skipped, and nobody should miss it. */
export function missingPrograms(suite: string, names: readonly string[]): string[] {
  const missing = names.filter((name) => programPath(name) === undefined);
  if (missing.length > 0) console.warn(`SKIPPED: ${suite}: not installed here: ${missing.join(', ')}`);
  return missing;
}

export interface ScriptRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly shell?: string;
  readonly arguments?: readonly string[];
  /** The working directory. */
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with everything printed so far, whenever something is; `interrupt` does what Ctrl-C does. */
  readonly onOutput?: (output: string, interrupt: () => void) => void;
}

/** Runs restore.sh of an attempt's folder, from another working directory. */
export function runRestoreScript(folder: string, options: RunOptions = {}): Promise<ScriptRun> {
  const { shell = 'sh', environment = {} } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(shell, [join(folder, 'restore.sh'), ...(options.arguments ?? [])], {
      cwd: options.directory ?? tmpdir(),
      env: { PATH: PROGRAMS_PATH, HOME: '/nonexistent', TMPDIR: tmpdir(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, as a terminal gives one.
      detached: true,
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (data) => {
        output[stream] += data;
        options.onOutput?.(output.stdout + output.stderr, () => process.kill(-Number(child.pid), 'SIGINT'));
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}

/** psql's variables for a database of a test's server. */
export function psqlEnvironment(server: PostgresServer, database: string): Record<string, string> {
  return {
    PGHOST: '127.0.0.1',
    PGPORT: String(server.port),
    PGUSER: 'postgres',
    PGPASSWORD: server.password,
    PGDATABASE: database,
  };
}

/** A directory with only the named programs in it, and scripts of one's own. */
export interface ProgramFolder {
  readonly path: string;
  remove(): void;
}

export function programFolder(
  programs: readonly string[],
  scripts: Readonly<Record<string, string>> = {},
): ProgramFolder {
  const path = mkdtempSync(join(tmpdir(), 'lifeboat-programs-'));
  for (const name of programs) {
    const found = programPath(name);
    if (found) symlinkSync(found, join(path, name));
  }
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What restore.sh may use: POSIX, coreutils, psql, zstd. The checksum programs are left to the caller. */
export const RESTORE_PROGRAMS =
  'sh cat cut date dirname env grep head ls mkdir psql rm sed tail tr wc zstd'.split(' ');
