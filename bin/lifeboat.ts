import { setFlagsFromString } from 'node:v8';
import { interruptOn } from '../lib/cli/program/interruption.ts';
import { reportDefect, run } from '../lib/cli/program/run.ts';
import { flushed, outliveReaders } from '../lib/cli/program/streams.ts';

/**
 * V8 collects garbage whenever there is half as much again as what lives, and of a command next to nothing lives: pieces of rows
 * that were sent have it collect some twenty times for each 300 MB. Five times as much is let be: at 350 MB a tenth of a
 * backup's processor time, a quarter of a restore's and a twentieth of a drill's, for 30 MB (measured).
 */
setFlagsFromString('--heap-growing-percent=400');
/**
 * Each piece that a socket reads is memory outside of V8's heap, which is given back when the few bytes that stand for it inside
 * are collected. The space for what is young grows to 16 MB of those: V8 then frees nothing until there are 64 MB outside, and
 * collects everything for it. Kept small, it is swept often and in no time: at 2 GB a tenth of a backup's processor time less,
 * and 60 MB (measured). Said before a command is loaded, for what has grown does not shrink.
 */
setFlagsFromString('--semi-space-growth-factor=1');

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
