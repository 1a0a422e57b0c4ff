import { compileLate } from '../lib/cli/program/compile-late.ts';
import { interruptOn } from '../lib/cli/program/interruption.ts';
import { loadNodeModules } from '../lib/cli/program/load-node-modules.ts';
import { flushed, outliveReaders } from '../lib/cli/program/streams.ts';
import { reportDefect, run } from '../lib/cli/run.ts';
import { collectForStreams } from '../lib/engine/ground/garbage-collection.ts';

loadNodeModules(process.argv[2]);
collectForStreams();
compileLate();

/** The only place where the command uses the process. Everything below gets what it needs from here. */
const argv = process.argv.slice(2);
const surroundings = {
  environment: process.env,
  directory: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruptOn(process),
  now: () => new Date(),
};
outliveReaders(process.stdout, process.stderr);
// Node's own report would show the stack, and any secret in the message.
process.on('uncaughtException', (error) => process.exit(reportDefect(error, argv, surroundings)));

const exitCode = await run(argv, surroundings);
await flushed(process.stdout, process.stderr);
// Exits explicitly, because a connection that closes slowly must not keep a finished command running.
process.exit(exitCode);
