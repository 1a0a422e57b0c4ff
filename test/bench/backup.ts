/**
 * Backup and drill at growing sizes: time beside that of pg_dump and of the plainest pipe on the same machine, in turns,
 * and the peak of resident memory. `node test/bench/backup.ts [megabytes …] [--json]`; wants psql, pg_dump 15 and zstd.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres-server.ts';
import { measureNode, measureShell } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    drill: { type: 'boolean', default: false },
  },
});
const sizes = positionals.length > 0 ? positionals.map(Number) : [500];
const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.ts');

const median = (numbers: number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const rounded = (number: number) => Math.round(number * 100) / 100;

for (const megabytes of sizes) {
  const server = await startPostgres({ major: 15, settings: { shared_buffers: '512MB' } });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  try {
    await fillLikeAShop(server, megabytes);
    const vault = join(directory, 'vault');
    const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault };
    const times = { lifeboat: [] as number[], pgDump: [] as number[], pipe: [] as number[] };
    let peak = 0;
    let stored = { rawBytes: 0, storedBytes: 0 };
    for (let round = 0; round < Number(values.rounds); round += 1) {
      rmSync(vault, { recursive: true, force: true });
      mkdirSync(vault);
      const backup = await measureNode([lifeboat, 'backup', '--json'], environment);
      times.lifeboat.push(backup.seconds);
      peak = Math.max(peak, backup.peakResidentMegabytes);
      stored = JSON.parse(backup.stdout);
      times.pgDump.push(
        await measureShell(`pg_dump -Fc "$LIFEBOAT_SOURCE_URL" > ${directory}/dump`, environment),
      );
      times.pipe.push(
        await measureShell(
          `for t in event measure article; do psql -X "$LIFEBOAT_SOURCE_URL" -c "COPY $t TO STDOUT" | zstd -q -3 -T0; done > ${directory}/pipe`,
          environment,
        ),
      );
    }
    const figures: Record<string, unknown> = {
      megabytes,
      rounds: Number(values.rounds),
      seconds: Object.fromEntries(Object.entries(times).map(([name, list]) => [name, list.map(rounded)])),
      timesAsFastAsPgDump: rounded(median(times.pgDump) / median(times.lifeboat)),
      timeOverPlainPipe: rounded(median(times.lifeboat) / median(times.pipe)),
      storedMegabytes: {
        lifeboat: rounded(stored.storedBytes / 1e6),
        pgDump: rounded(statSync(join(directory, 'dump')).size / 1e6),
        pipe: rounded(statSync(join(directory, 'pipe')).size / 1e6),
      },
      backupPeakResidentMegabytes: peak,
    };
    if (values.drill) {
      const drill = await measureNode([lifeboat, 'drill', '--json'], environment);
      Object.assign(figures, {
        drillSeconds: rounded(drill.seconds),
        drillPeakResidentMegabytes: drill.peakResidentMegabytes,
        drillVerdict: JSON.parse(drill.stdout).verdict,
      });
    }
    console.log(values.json ? JSON.stringify(figures) : figures);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
