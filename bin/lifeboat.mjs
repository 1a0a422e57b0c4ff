#!/usr/bin/env node
// The command `lifeboat`, of a checkout and of the package. It is plain JavaScript, and of an old kind, so that
// any Node on the machine can run it and say what is wrong.
//
// The package holds the command as JavaScript, for Node 22.18 or later. A checkout runs its sources, which needs
// a Node that runs TypeScript; `npm ci` installs one in node_modules.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const source = new URL('./lifeboat.ts', import.meta.url);
const built = new URL('../dist/engine/app/lifeboat.mjs', import.meta.url);
const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const isPackage = existsSync(built) && !existsSync(source);

// Node keeps the compiled code of each module, by the hash of its text, and reads it the next time: that
// halves the start. The cache is among the installed packages, where only users can write who could change
// the code itself. If nobody can write there, Node works without the cache.
const cache = new URL(
  import.meta.url.endsWith('/node_modules/pg-lifeboat/bin/lifeboat.mjs')
    ? '../../.cache/lifeboat/'
    : '../node_modules/.cache/lifeboat/',
  import.meta.url,
);
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(cache).replace(/[\\/]$/, '');

const [major, minor] = process.versions.node.split('.').map(Number);
const hasZstd = 'createZstdCompress' in zlib && (major !== 22 || minor >= 18);
const runsTypeScript = Boolean(process.features.typescript) && hasZstd;

if (isPackage && hasZstd) {
  await start(built);
} else if (isPackage) {
  refuse(
    'Install Node.js 22 or 24 in its newest version (https://nodejs.org), and run the same command again.',
  );
} else if (runsTypeScript && major >= 24) {
  await start(isBundled() ? new URL('command/lifeboat.mjs', cache) : source);
} else if (existsSync(ownNode) && process.execPath !== ownNode) {
  runWith(ownNode);
} else if (runsTypeScript) {
  await start(isBundled() ? new URL('command/lifeboat.mjs', cache) : source);
} else {
  refuse('Run `npm ci` in the folder of Lifeboat: it installs a Node.js that Lifeboat then uses.');
}

async function start(command) {
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  // Then the stack of a defect shows lines of the sources.
  if (process.env.LIFEBOAT_DEBUG === '1') process.setSourceMapsEnabled(true);
  await import(command.href);
}

function refuse(remedy) {
  process.stderr.write(
    `error    Lifeboat needs Node.js 22.18 or later, but this is ${process.version}.\nto do    ${remedy}\n`,
  );
  process.exitCode = 1;
}

/**
 * Whether there is a bundle of exactly these sources and packages (lib/bundle/command-bundle.ts). Otherwise
 * the sources run, which takes a tenth of a second longer. They also run with LIFEBOAT_DEBUG=1, so that
 * stacks show the right lines.
 */
function isBundled() {
  if (process.env.LIFEBOAT_DEBUG === '1') return false;
  try {
    return JSON.parse(readFileSync(new URL('command/sources.json', cache), 'utf8')).every(
      ([path, sizeBytes, modifiedMs]) => {
        const { size, mtimeMs } = statSync(new URL(`../${path}`, import.meta.url));
        return size === sizeBytes && mtimeMs === modifiedMs;
      },
    );
  } catch {
    return false;
  }
}

/** Runs the command with the project's own Node, and passes on its streams, signals and exit code. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(
      `error    Cannot start ${node}: ${error.message}.\nto do    Run \`npm ci\` again.\n`,
    );
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // A signal killed the child, so the same signal ends this process, and the caller sees it.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
