import { parseArgs } from 'node:util';
import { startPlaybackProxy } from './playback-proxy.ts';

/**
 * The playback proxy as a process of its own: `node test/bench/playback/main.ts --port <of a server on this machine>`.
 * Prints a line of JSON once it listens, and another one each time the server has to answer a COPY itself. Runs until the
 * end of its standard input, or a signal.
 */
const { values } = parseArgs({ options: { port: { type: 'string' } } });
let copiesAsked = 0;
const proxy = await startPlaybackProxy({ port: Number(values.port) }, () => {
  copiesAsked += 1;
  tell();
});
tell();
process.stdin.once('end', () => process.exit()).resume();

function tell(): void {
  process.stdout.write(`${JSON.stringify({ port: proxy.port, copiesAsked })}\n`);
}
