#!/usr/bin/env node
// What is run as `lifeboat`, by whatever Node the machine has: plain JavaScript that any version can read. Lifeboat
// itself needs a Node that runs TypeScript and knows zstd (22.18 or later); `npm ci` puts one into node_modules.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const source = new URL('./lifeboat.ts', import.meta.url);
const bundle = new URL('../node_modules/.cache/lifeboat/command/', import.meta.url);
const runsTypeScript = Boolean(process.features.typescript) && 'createZstdCompress' in zlib;
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;

// What Node made of each module is kept, by the hash of its text, and read the next time: that halves the start. Among the
// installed packages, where only those can write who could change the code itself; where nobody can, it is done without.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/lifeboat', import.meta.url));

if (isNewEnough && runsTypeScript) {
  await start();
} else if (existsSync(ownNode) && process.execPath !== ownNode) {
  runWith(ownNode);
} else if (runsTypeScript) {
  await start();
} else {
  process.stderr.write(
    `error    Lifeboat needs Node.js 22.18 or later, but this is ${process.version}.\n` +
      'to do    Run `npm ci` in the folder of Lifeboat: it installs a Node.js that Lifeboat then uses.\n',
  );
  process.exitCode = 1;
}

async function start() {
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  await import(isBundled() ? new URL('lifeboat.mjs', bundle).href : source.href);
}

/**
 * Whether there is a bundle of just these sources and packages (lib/bundle/command-bundle.ts). Else the sources are run, which
 * takes a tenth of a second longer; and for whoever looks for a defect, so that stacks have their lines.
 */
function isBundled() {
  if (process.env.LIFEBOAT_DEBUG === '1') return false;
  try {
    return JSON.parse(readFileSync(new URL('sources.json', bundle), 'utf8')).every(
      ([path, sizeBytes, modifiedMs]) => {
        const { size, mtimeMs } = statSync(new URL(`../${path}`, import.meta.url));
        return size === sizeBytes && mtimeMs === modifiedMs;
      },
    );
  } catch {
    return false;
  }
}

/** The same with the project's own Node: its streams and signals are ours, and so is its exit code. */
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
    // Killed: whoever waits for us has to see the same.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
