import { capture } from '../../../lib/engine/capture/capture.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { openStore } from '../../../lib/engine/storage/open-store.ts';

/**
 * One capture as a process of its own, for tests that kill it. Its clock is ahead by the third argument, because a lease
 * of one that was killed holds the next up for a minute.
 */
const [url = '', vault = '', aheadMs = '0'] = process.argv.slice(2);
const store = await openStore(vault);
process.stdout.write('begins\n');
const { outcome, transactions } = await capture({
  settings: connectionSettings(url),
  store,
  source: 'shop',
  quietEntryEveryMs: 0,
  // Many segments in one run, so that a kill meets every step.
  stepBytes: 2 * 1024 * 1024,
  now: () => new Date(Date.now() + Number(aheadMs)),
});
process.stdout.write(`${outcome} ${transactions}\n`);
await store.close();
