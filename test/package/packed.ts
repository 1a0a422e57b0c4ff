import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  remove(): void;
}

/** What `npm publish` would send. */
export function pack(): Packed {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-packed-'));
  const printed = npm(['pack', '--json', '--pack-destination', directory], ROOT);
  const [made] = JSON.parse(printed) as Array<{ filename: string; files: Array<{ path: string }> }>;
  if (!made) throw new Error('npm pack made nothing');
  return {
    tarball: join(directory, made.filename),
    files: made.files.map(({ path }) => path),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Installs a tarball into an empty directory, as its only dependency. */
export function installAlone(tarball: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-consumer-'));
  writeFileSync(join(directory, 'package.json'), '{ "name": "consumer", "private": true }\n');
  install(directory, [tarball]);
  return directory;
}

export function install(directory: string, what: readonly string[]): void {
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--no-save', ...what], directory);
}

export function npm(argv: readonly string[], directory: string): string {
  return execFileSync('npm', argv, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 1e8,
    // As in a shell of somebody's: with none of the variables of the npm that runs the tests.
    env: withoutNpm(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** An environment in which `node` is this one. */
export function withNode(node: string, environment: Readonly<Record<string, string>> = {}) {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const path = `${dirname(node)}${delimiter}${PATH}`;
  return { PATH: path, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...environment };
}

/** A Node on this machine that is too old; undefined if there is none. */
export function oldNode(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return candidates.find((node) => {
    try {
      return Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]) < 22;
    } catch {
      return false;
    }
  });
}

export function sizeBytes(directory: string): number {
  return globSync('**', { cwd: directory })
    .map((path) => statSync(join(directory, path)))
    .reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

/** Of the names and the contents of all files. */
export function hashOfDirectory(directory: string): string {
  const hash = createHash('sha256');
  for (const path of globSync('**', { cwd: directory }).sort()) {
    if (statSync(join(directory, path)).isFile()) {
      hash.update(`${path}\0`).update(readFileSync(join(directory, path)));
    }
  }
  return hash.digest('hex');
}

function withoutNpm(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('npm_')));
}
