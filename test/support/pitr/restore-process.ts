import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { parseLsn } from '../../../lib/engine/pgoutput/lsn.ts';
import { planMoment } from '../../../lib/engine/replay/plan/plan-moment.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { openStore } from '../../../lib/engine/storage/open-store.ts';
import { intercept } from '../intercepted-store.ts';

/**
 * A restore to a moment as a process of its own, for tests that kill it. At a segment of that number it says `waits`, and waits for ever;
 * 0: at none. It continues an interrupted restore if there is one.
 */
const [url = '', vault = '', lsn = '', waitsAt = '0', resume = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const store = await openStore(vault);
const moment = await planMoment({
  store,
  source: 'shop',
  target: { kind: 'lsn', lsn: parseLsn(lsn) ?? 0n },
  signal,
});
let segments = 0;
const waiting = intercept(store, {
  async *reading(key, pieces) {
    if (key.includes('/segments/')) segments += 1;
    if (key.includes('/segments/') && segments === Number(waitsAt)) {
      process.stdout.write('waits\n');
      await new Promise((done) => setTimeout(done, 3_600_000));
    }
    yield* pieces;
  },
});
const report = await restore({
  ...{ store: waiting, place: moment.base.place, settings: connectionSettings(url), unproven: true },
  ...(resume ? { resume: true } : { moment }),
});
process.stdout.write(`${report.outcome} ${report.resumed}\n`);
await store.close();
