/**
 * The figures of docs/performance.md: `npm run bench -- [--json] [--rounds n] [--backup megabytes]…
 * [--elsewhere megabytes]… [--far milliseconds]… [--restore megabytes]… [--rows megabytes]… [--waits rows]… [--schema tables]… [--growth tables=100,1000 | rows=… | megabytes=…]…
 * [--native megabytes]… [--native-elsewhere megabytes]… [--native-tables small | number]… [--pg-dump command]
 * [--profile megabytes]… [--drill megabytes]… [--copy megabytes]… [--age megabytes]… [--age-tables tables]… [--health tables]… [--task megabytes]… [--replay rows]… [--plan entries]… [--recovery-point minutes]…`. What is not named is not measured; named none, a small choice is. `--elsewhere` is `--backup` as
 * if the source were another machine: a proxy plays its rows back from memory, where it holds them three times, as Lifeboat,
 * pg_dump and psql ask for them. Wants psql, pg_dump, pg_restore and vacuumdb of 15, and zstd. Each figure is a ratio of
 * runs in turns on one machine. `--native` compares with the newest pg_dump that is installed, or with the command of `--pg-dump`; `noise` is the slowest round over the fastest.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAge } from './age.ts';
import { benchBackup } from './backup.ts';
import { benchCopy } from './copy.ts';
import { benchDrillOnServer } from './drill-on-server.ts';
import { benchElsewhere } from './elsewhere.ts';
import { benchFarVault } from './far-vault.ts';
import { benchGrowth } from './growth.ts';
import { benchHealth } from './health.ts';
import { benchNative, benchNativeElsewhere, benchNativeTables } from './native.ts';
import { newestPgDump } from './newest-pg-dump.ts';
import { benchPlan } from './plan.ts';
import { profileBackup } from './profile.ts';
import { benchRecoveryPoint } from './recovery-point.ts';
import { benchReplay } from './replay.ts';
import { benchRestore } from './restore.ts';
import { benchRows, benchWaits } from './rows.ts';
import { benchSchema } from './schema.ts';
import { benchTask } from './task.ts';
import { openBenchWorld } from './world.ts';

const several = { type: 'string', multiple: true, default: [] as string[] } as const;
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    backup: several,
    elsewhere: several,
    far: several,
    restore: several,
    drill: several,
    jobs: { type: 'string', default: '2' },
    rows: several,
    waits: several,
    schema: several,
    growth: several,
    profile: several,
    copy: several,
    age: several,
    'age-tables': several,
    health: several,
    task: several,
    replay: several,
    plan: several,
    'recovery-point': several,
    native: several,
    'native-tables': several,
    'native-elsewhere': several,
    'pg-dump': { type: 'string' },
  },
});
const isNothingNamed = [
  values.backup,
  values.elsewhere,
  values.far,
  values.restore,
  values.drill,
  values.rows,
  values.waits,
  values.schema,
  values.growth,
  values.profile,
  values.copy,
  values.age,
  values['age-tables'],
  values.health,
  values.task,
  values.replay,
  values.plan,
  values['recovery-point'],
  values.native,
  values['native-tables'],
  values['native-elsewhere'],
].every(({ length }) => length === 0);
const named = isNothingNamed
  ? { ...values, backup: ['10', '500'], restore: ['500'], schema: ['2000'] }
  : values;
const rounds = Number(values.rounds);
const nativeOrder = () => ({ rounds, pgDump: newestPgDump(values['pg-dump']) });
const print = (figure: object) => {
  const withLoad = { ...figure, loadAverage: loadavg()[0] };
  values.json ? console.log(JSON.stringify(withLoad)) : console.dir(withLoad, { depth: null });
};

const world = await openBenchWorld();
try {
  for (const megabytes of named.task) print(await benchTask(Number(megabytes), rounds));
  for (const megabytes of named.native) print(await benchNative(world, Number(megabytes), nativeOrder()));
  for (const megabytes of named['native-elsewhere'])
    print(await benchNativeElsewhere(world, Number(megabytes), nativeOrder()));
  for (const tables of named['native-tables']) print(await benchNativeTables(world, tables, nativeOrder()));
  for (const megabytes of named.backup) print(await benchBackup(world, Number(megabytes), rounds));
  for (const megabytes of named.elsewhere) print(await benchElsewhere(world, Number(megabytes), rounds));
  for (const delayMs of named.far) print(await benchFarVault(world, Number(delayMs), rounds));
  for (const megabytes of named.restore) print(await benchRestore(Number(megabytes), rounds));
  for (const megabytes of named.drill)
    print(await benchDrillOnServer(Number(megabytes), Number(values.jobs), rounds));
  for (const megabytes of named.rows) print(await benchRows(Number(megabytes), rounds));
  for (const rows of named.waits) print(await benchWaits(Number(rows)));
  for (const tables of named.schema) print(await benchSchema(Number(tables), rounds));
  for (const growth of named.growth) {
    const [kind = '', steps = ''] = growth.split('=');
    for await (const step of benchGrowth(world, kind, steps.split(',').map(Number))) print(step);
  }
  for (const megabytes of named.copy) print(await benchCopy(world, Number(megabytes), rounds));
  for (const megabytes of named.age) print(await benchAge(world, { megabytes: Number(megabytes) }, rounds));
  for (const tables of named['age-tables']) print(await benchAge(world, { tables: Number(tables) }, rounds));
  for (const tables of named.health) print(await benchHealth(Number(tables), rounds));
  for (const rows of named.replay) for await (const figure of benchReplay(Number(rows))) print(figure);
  for (const entries of named.plan) print(await benchPlan(Number(entries)));
  for (const minutes of named['recovery-point']) print(await benchRecoveryPoint(Number(minutes), '1m'));
  for (const megabytes of named.profile) print(await profileBackup(world, Number(megabytes)));
} finally {
  world.stop();
}
