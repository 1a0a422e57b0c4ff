import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * AWS's own client of the Runtime API, the one that runs functions in Lambda. It is no dependency of this package, for
 * installing it compiles curl and an addon: that takes minutes and programs that `npm ci` should not ask for.
 */
const VERSION = '4.0.2';
const NEEDED_PROGRAMS = ['cmake', 'make', 'g++', 'python3', 'autoconf', 'automake', 'libtoolize'];
const run = promisify(execFile);

function folder(): string {
  return (
    process.env.LIFEBOAT_TEST_LAMBDA_RIC ?? join(homedir(), '.cache', 'lifeboat', `aws-lambda-ric-${VERSION}`)
  );
}

/** The folder of the installed client; undefined where there is none. */
export function installedRuntimeClient(): string | undefined {
  const found = join(folder(), 'node_modules', 'aws-lambda-ric');
  return existsSync(join(found, 'rapid-client.node')) ? found : undefined;
}

/** Compiles the client, once for this machine. Throws, naming the program that is missing. */
export async function installRuntimeClient(): Promise<string> {
  const installed = installedRuntimeClient();
  if (installed) return installed;
  for (const program of NEEDED_PROGRAMS) {
    await run('which', [program]).catch(() => {
      throw new Error(`aws-lambda-ric cannot be built without ${program}`);
    });
  }
  mkdirSync(join(folder(), '..'), { recursive: true });
  const unfinished = mkdtempSync(`${folder()}-`);
  try {
    const project = { private: true, allowScripts: { 'aws-lambda-ric': true } };
    writeFileSync(join(unfinished, 'package.json'), JSON.stringify(project));
    const options = ['--no-audit', '--no-fund', '--foreground-scripts=false'];
    await run('npm', ['install', ...options, `aws-lambda-ric@${VERSION}`], {
      cwd: unfinished,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, MAKEFLAGS: '-j2' },
    });
    rmSync(folder(), { recursive: true, force: true });
    renameSync(unfinished, folder());
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  const built = installedRuntimeClient();
  if (!built) throw new Error('aws-lambda-ric was installed, but its addon was not built');
  return built;
}
