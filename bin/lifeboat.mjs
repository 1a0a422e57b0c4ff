#!/usr/bin/env node
// The command `lifeboat`. It is plain JavaScript, so that any Node on the machine can run it. Lifeboat itself
// needs a Node that runs TypeScript and has zstd (22.18 or later); `npm ci` installs one in node_modules.
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

// Node keeps the compiled code of each module, by the hash of its text, and reads it the next time: that
// halves the start. The cache is among the installed packages, where only users can write who could change
// the code itself. If nobody can write there, Node works without the cache.
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
 * Whether there is a bundle of exactly these sources and packages (lib/bundle/command-bundle.ts). Otherwise
 * the sources run, which takes a tenth of a second longer. They also run with LIFEBOAT_DEBUG=1, so that
 * stacks show the right lines.
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
