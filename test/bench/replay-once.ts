/** `node test/bench/replay-once.ts <file of framed messages> <url of the target>`: one replay, in a process of its own, whose memory replay.ts measures. */
import { createReadStream } from 'node:fs';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { type ReplaySegment, replay } from '../../lib/engine/replay/replay.ts';
import { serverSession } from '../../lib/engine/replay/server-session.ts';
import { openServerTarget } from '../../lib/engine/target/server/open-server-target.ts';

const [file = '', url = ''] = process.argv.slice(2);
const target = await openServerTarget(connectionSettings(url));
const startedAt = performance.now();
await replay({
  session: serverSession(target),
  segments: only(),
  includes: () => true,
  placeOf: ({ schema, name }) => ({ schema, name }),
  signal: new AbortController().signal,
});
const seconds = (performance.now() - startedAt) / 1000;
await target.close();
console.log(JSON.stringify({ seconds }));

async function* only(): AsyncGenerator<ReplaySegment> {
  yield { key: file, encoding: 'UTF8', pieces: () => createReadStream(file, { highWaterMark: 256 * 1024 }) };
}
