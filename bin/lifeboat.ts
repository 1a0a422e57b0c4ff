import { compileLate } from '../lib/cli/program/compile-late.ts';
import { interruptOn } from '../lib/cli/program/interruption.ts';
import { flushed, outliveReaders } from '../lib/cli/program/streams.ts';
import { reportDefect, run } from '../lib/cli/run.ts';
import { collectForStreams } from '../lib/engine/ground/garbage-collection.ts';

collectForStreams();
compileLate();

/** The operator's command: the one place where it meets the process. Everything else is handed in from here. */
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
// Node's own report would show the stack, and whatever the message holds.
process.on('uncaughtException', (error) => process.exit(reportDefect(error, argv, surroundings)));

const exitCode = await run(argv, surroundings);
await flushed(process.stdout, process.stderr);
// Not by itself: a connection that takes its time to close must not keep a finished command.
process.exit(exitCode);
