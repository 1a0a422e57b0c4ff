/**
 * How far off the time left is that a restore, a drill or a backup shows: `node test/bench/progress.ts [megabytes] [shape]…`.
 * Prints what was left after a quarter, half and three quarters of the time, and what had been announced then.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../lib/engine/drill/drill.ts';
import type { Observer, Progress } from '../../lib/engine/ground/progress.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import { openStore } from '../../lib/engine/storage/open-store.ts';
import { TransferRate } from '../../lib/present/terminal/transfer-rate.ts';
import { debianBinaries, startPostgres } from '../support/postgres-server.ts';
import { PROGRESS_SHAPES, type ProgressShape } from './progress-shapes.ts';

const [size = '350', ...names] = process.argv.slice(2);
const shapes = (Object.keys(PROGRESS_SHAPES) as ProgressShape[]).filter(
  (name) => names.length === 0 || names.includes(name),
);
const SAMPLE_MS = 100;

/** Runs something that is watched as a terminal would, and says how wrong it was. */
async function errorsOf(run: (observer: Observer) => Promise<unknown>) {
  const startedAt = performance.now();
  const rate = new TransferRate();
  let progress: Progress | undefined;
  const samples: Array<{ readonly atMs: number; readonly remainingMs: number | undefined }> = [];
  const timer = setInterval(() => {
    if (!progress) return;
    const bytesPerSecond = rate.averageBytesPerSecond();
    const { expectedBytes = 0, rawBytes } = progress;
    const byBytes = bytesPerSecond ? ((expectedBytes - rawBytes) / bytesPerSecond) * 1000 : undefined;
    const ahead = progress.ahead?.();
    samples.push({ atMs: performance.now() - startedAt, remainingMs: ahead ? ahead.remainingMs : byBytes });
  }, SAMPLE_MS);
  await run({
    onProgress: (one) => {
      progress = one;
      rate.record(performance.now(), one);
    },
  });
  clearInterval(timer);
  const tookMs = performance.now() - startedAt;
  const at = (share: number) => {
    const sample = samples.find(({ atMs }) => atMs >= tookMs * share);
    const left = tookMs - (sample?.atMs ?? tookMs);
    if (sample?.remainingMs === undefined) return 'unknown';
    const off = Math.round((sample.remainingMs / left - 1) * 100);
    return `${(sample.remainingMs / 1000).toFixed(1)} s of ${(left / 1000).toFixed(1)} s (${off > 0 ? '+' : ''}${off} %)`;
  };
  return { seconds: (tookMs / 1000).toFixed(1), '25 %': at(0.25), '50 %': at(0.5), '75 %': at(0.75) };
}

const binDirectory = debianBinaries();
const server = await startPostgres({
  major: 15,
  ...(binDirectory === undefined ? {} : { binDirectory }),
  settings: { shared_buffers: "'256MB'", max_wal_size: "'4GB'" },
});
const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
try {
  for (const name of shapes) {
    const database = name.replaceAll(' ', '_');
    const folder = join(directory, database);
    mkdirSync(folder);
    await server.run(`CREATE DATABASE ${database}`);
    await PROGRESS_SHAPES[name](server, Number(size), database);
    const store = openStore(pathToFileURL(folder).href, {});
    const place = { retentionClass: 'manual', source: 'bench', backupId: '20261101T020000Z' } as const;
    const settings = connectionSettings(server.url(database), {});
    const print = (what: string, errors: object) =>
      console.log(JSON.stringify({ shape: name, what, ...errors }));
    print('backup', await errorsOf((observer) => backup({ settings, store, place, observer })));
    for (const jobs of [2, 4]) {
      await server.run('DROP DATABASE IF EXISTS restored');
      await server.run('CREATE DATABASE restored TEMPLATE template0');
      await server.run('CHECKPOINT');
      const target = connectionSettings(server.url('restored'), {});
      const request = { store, place, settings: target, unproven: true, jobs };
      print(`restore, ${jobs} jobs`, await errorsOf((observer) => restore({ ...request, observer })));
    }
    print('drill', await errorsOf((observer) => drill({ store, place, observer, keepsProof: false })));
    await store.close();
    await server.run(`DROP DATABASE ${database}`);
  }
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
