import { execFile } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FunctionName, startWorld, type World } from '../integration/lambda/world.ts';
import { fillLikeAShop } from './shop-like-data.ts';

/**
 * `node test/bench/lambda-functions.ts [MB of rows] [MB of memory]`: size, cold start, peak memory and time of each function
 * in a sandbox like Lambda's, with the CPU that so much memory brings there. 500 MB and 2048 MB unless told otherwise.
 * Needs what the sandbox tests need, as root.
 */
const [megabytes = '500', memory = '2048'] = process.argv.slice(2);
const run = promisify(execFile);
const COLD_STARTS = 5;
const HOUR = 3_600_000;
/** AWS Lambda Developer Guide, "Configure Lambda function memory": so much memory comes with one vCPU. */
const MB_PER_VCPU = 1769;

const withCpuOf = (memoryMb: number) => ({ memoryMb, vcpus: memoryMb / MB_PER_VCPU });
const resources = {
  backup: withCpuOf(Number(memory)),
  'restore-drill': withCpuOf(Number(memory)),
  sentinel: withCpuOf(512),
  keeper: withCpuOf(1024),
  health: withCpuOf(256),
  capture: withCpuOf(512),
  'slot-watch': withCpuOf(256),
};
const world = await startWorld(true, resources);
try {
  await fill(world, Number(megabytes));
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url());
  for (const schedule of Object.values(world.stack.schedules)) {
    world.aws.schedules.set(schedule.name, new Date(Date.now() - HOUR));
  }
  await measure('backup', {});
  await measure('restore-drill', {});
  await measure('sentinel', {});
  await measure('keeper', {});
  await measure('health', {});
} finally {
  await world.close();
}

async function measure(name: FunctionName, event: unknown): Promise<void> {
  const { asset } = world.stack.functions[name];
  const startedAt = performance.now();
  const temporary = watchTemporary(name);
  const answer = await world.call(name, event);
  const process_ = world.process(name);
  print(name, {
    'unzipped MB': megabytesOf(asset),
    'memory MB': resources[name].memoryMb,
    vCPUs: resources[name].vcpus.toFixed(2),
    'first invocation s': seconds(performance.now() - startedAt - (process_?.initMs ?? 0)),
    'peak memory MB': process_?.peakMemoryMb(),
    '/tmp at most MB': await temporary.stop(),
    runs: process_?.description,
    answer: JSON.stringify(answer),
  });
  const starts: number[] = [];
  for (let index = 0; index < COLD_STARTS; index += 1) {
    await world.stop(name);
    // Refused at once: what is measured is the start.
    await world.invoke(name, { unknown: true });
    starts.push(Math.round(world.process(name)?.initMs ?? 0));
  }
  print(name, { 'cold starts ms': starts.toSorted((a, b) => a - b).join(', ') });
  await world.stop(name);
}

/** Of about so many megabytes of COPY text, with the indexes that such a database has. */
async function fill({ postgres }: World, size: number): Promise<void> {
  await fillLikeAShop(postgres, size);
  await postgres.run(
    `CREATE INDEX ON event (account, at);
     CREATE INDEX ON measure (sensor, at);
     CREATE INDEX ON article USING gin (tags);
     -- What the drill's own check of this stack asks for.
     CREATE TABLE customers AS SELECT generate_series(1, 1000) AS id`,
  );
  const client = await postgres.connect();
  const { rows } = await client.query('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
  await client.end();
  print('database', { 'MB of rows': size, 'size in PostgreSQL': rows[0]?.size });
}

/** Looks now and then: what a function writes in between and removes again is not seen. */
function watchTemporary(name: FunctionName) {
  let most = 0;
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      const directory = world.process(name)?.temporary;
      if (directory) {
        const { stdout } = await run('du', ['-sm', directory]).catch(({ stdout }) => ({ stdout }));
        most = Math.max(most, Number.parseInt(stdout, 10) || 0);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watch;
      return most;
    },
  };
}

function megabytesOf(asset: string): string {
  const files = globSync('**/*', { cwd: asset }).map((file) => statSync(join(asset, file)));
  const bytes = files.filter((file) => file.isFile()).reduce((total, { size }) => total + size, 0);
  return (bytes / 1e6).toFixed(1);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function print(what: string, facts: Record<string, unknown>): void {
  for (const [fact, value] of Object.entries(facts)) console.log(`${what}: ${fact}: ${value}`);
}
