import { failureOf } from '../lib/cli/program/failure.ts';
import { errorText } from '../lib/present/terminal/error-text.ts';
import { pageOf } from '../lib/present/terminal/page.ts';
import { formatDuration } from '../lib/present/terminal/units.ts';
import { canRunHere, enterWorld, type World } from './disposable-world.ts';
import { Storyteller } from './storyteller.ts';

const EXIT_FAILED = 1;
const EXIT_INTERRUPTED = 130;

/** Tells a story in a world of its own, and leaves nothing of that world behind: no process, no file. */
export async function runStory(
  process: NodeJS.Process,
  story: (world: World, teller: Storyteller) => Promise<void>,
): Promise<void> {
  const { stdout, stderr, env } = process;
  const teller = new Storyteller(stdout, env);
  teller.say(
    '',
    teller.page.paint.bold('  Lifeboat: a shop, its backup, the proof, a disaster, and the way back'),
    '',
  );
  if (!canRunHere()) {
    stderr.write(
      `  The demo takes a PostgreSQL 18 from npm, but npm has none for ${process.platform}-${process.arch}: only for Linux\n` +
        '  and macOS, on x64 and arm64. Lifeboat itself runs here: `npx lifeboat --help`.\n',
    );
    process.exitCode = EXIT_FAILED;
    return;
  }
  const startedMs = performance.now();
  const world = enterWorld(process);
  try {
    await story(world, teller);
  } catch (error) {
    // A server that got the same Ctrl-C may fail before our signal arrives, so wait for the signal first.
    await new Promise((resolve) => setImmediate(resolve));
    process.exitCode = world.signal.aborted ? EXIT_INTERRUPTED : EXIT_FAILED;
    if (!world.signal.aborted) {
      stderr.write(`\n${errorText(failureOf(error, env), EXIT_FAILED, pageOf(stderr, env))}`);
    }
  } finally {
    await world.leave();
  }
  const took = formatDuration(performance.now() - startedMs);
  const ended = world.signal.aborted ? 'Stopped' : process.exitCode === EXIT_FAILED ? 'Failed' : 'Done';
  teller.say(
    teller.page.paint.dim(`  ${ended} after ${took}. Server, vault and files of the demo are gone again.`),
    '',
  );
  // A connection that closes slowly must not keep a finished demo running.
  process.exit();
}
