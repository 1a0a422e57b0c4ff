/**
 * The figures of docs/performance.md: `npm run bench -- [--json] [--rounds n] [--megabytes n]…`. Wants psql and pg_dump 15
 * and zstd. Each is a ratio of runs in turns on one machine; `noise` is the slowest round over the fastest.
 */
import { parseArgs } from 'node:util';
import { benchBackup } from './backup.ts';
import { benchRestore } from './restore.ts';
import { benchSchema } from './schema.ts';
import { openBenchWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    megabytes: { type: 'string', multiple: true, default: ['10', '500'] },
    restore: { type: 'string', multiple: true, default: ['500'] },
    tables: { type: 'string', multiple: true, default: ['2000'] },
  },
});
const rounds = Number(values.rounds);
const print = (figure: unknown) =>
  values.json ? console.log(JSON.stringify(figure)) : console.dir(figure, { depth: null });

const world = await openBenchWorld();
try {
  for (const megabytes of values.megabytes) print(await benchBackup(world, Number(megabytes), rounds));
  for (const megabytes of values.restore) print(await benchRestore(Number(megabytes), rounds));
  for (const tables of values.tables) print(await benchSchema(Number(tables), rounds));
} finally {
  world.stop();
}
