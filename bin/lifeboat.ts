import { interruptOn } from '../lib/cli/program/interruption.ts';
import { run } from '../lib/cli/program/run.ts';
import { flushed, outliveReaders } from '../lib/cli/program/streams.ts';

/** The operator's command: the one place where it meets the process. Everything else is handed in from here. */
outliveReaders(process.stdout, process.stderr);
const exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  directory: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruptOn(process),
  now: () => new Date(),
});
await flushed(process.stdout, process.stderr);
// Not by itself: a connection that takes its time to close must not keep a finished command.
process.exit(exitCode);
