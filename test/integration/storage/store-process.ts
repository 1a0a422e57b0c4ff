import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { readObject } from '../../../lib/engine/storage/object-store.ts';
import { openStore } from '../../../lib/engine/storage/open-store.ts';
import { inPieces, sampleBytes } from './sample-bytes.ts';

/**
 * A process of its own with a vault: `node store-process.ts <url> round-trip <bytes>` writes and reads back, and prints
 * `{"equal":true}` or the error's code and message; `<url> stall <bytes>` begins an upload, prints `stalled` and never ends it.
 */
const [url = '', command = '', size = '0'] = process.argv.slice(2);
const bytes = sampleBytes(Number(size));

async function* stalling(): AsyncGenerator<Uint8Array> {
  yield* inPieces(bytes, 100_000);
  process.stdout.write('stalled\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

async function roundTrip(): Promise<object> {
  const store = openStore(url);
  try {
    const key = `folder/object-${process.pid}`;
    await store.upload(key, inPieces(bytes));
    return { equal: (await readObject(store, key)).equals(bytes) };
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    const { code, message, kind } = error;
    const objects = await store.list('').catch(() => undefined);
    return { code, kind, message, objects };
  } finally {
    await store.close();
  }
}

if (command === 'stall') await openStore(url).upload('folder/object', stalling());
else process.stdout.write(`${JSON.stringify(await roundTrip())}\n`);
