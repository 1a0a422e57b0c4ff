import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill/drill.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { compareWithNative } from '../fidelity/back-up-and-restore.ts';
import { compareDatabases } from '../fidelity/compare-databases.ts';
import { WAYS } from '../fidelity/ways-back.ts';
import { type NewestMajor, newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { debianBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment } from '../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { fillTables } from './fill-tables.ts';
import { refreshMaterializedViews } from './materialized-views.ts';

/**
 * Schemas that others wrote. LIFEBOAT_SCHEMAS names a folder with one folder for each of them, of SQL files that psql runs in the
 * order of their names; statements that fail are passed over. Tables are filled by the types of their columns. Then each database
 * is backed up, verified, drilled and restored in every way, and compared with what pg_dump and pg_restore make of it.
 * LIFEBOAT_MAJOR is the major of all servers (default: 15, as Debian installs it; the newest minor of another is fetched).
 */
const folder = process.env.LIFEBOAT_SCHEMAS ?? '';
const major = Number(process.env.LIFEBOAT_MAJOR ?? 15) as NewestMajor;
const bin = folder === '' ? undefined : await binariesOf(major);
const schemas = existsSync(folder)
  ? readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())
  : [];
const missing = missingPrograms('schemas that others wrote', ['psql', 'zstd']);
const run = promisify(execFile);
/** A row of Markdown for each schema that ran. */
const told: string[] = [];
const HEAD = [
  '| schema | tables with rows | rows | statements refused | tables without rows | major | verify | drill | skips | restored | native tools |',
  '|---|--:|--:|--:|--:|--:|---|---|--:|---|---|',
];

/** What a server says of a statement that it takes, as it did when the schema was made. */
const SERVER_WARNING = /^psql:\S+ WARNING: /;
const WRITTEN_OTHERWISE = /: catalog: differs text /;

if (folder === '') console.warn('SKIPPED: LIFEBOAT_SCHEMAS names no folder of schemas that others wrote.');

describe.skipIf(schemas.length === 0 || missing.length > 0 || bin === undefined)(
  'a schema that others wrote',
  () => {
    let vault: TestVault;
    let source: PostgresServer;
    const targets: PostgresServer[] = [];
    beforeAll(async () => {
      vault = await testVault();
      const options = {
        major,
        ...(bin ? { binDirectory: bin } : {}),
        settings: { max_locks_per_transaction: '512' },
      } as const;
      source = await startPostgres(options);
      for (const _ of Object.keys(WAYS)) targets.push(await startPostgres(options));
    });
    afterAll(async () => {
      for (const server of [source, ...targets]) await server?.stop();
      vault?.remove();
      console.log([...HEAD, ...told].join('\n'));
    });

    it.each(schemas)('%s', async (name) => {
      for (const server of [source, ...targets]) await server.run(`CREATE DATABASE "${name}"`);
      const refused = await load(source, name);
      const client = await source.connect(name);
      const filled = await fillTables(client);
      const ofTheMoment = await refreshMaterializedViews(client);
      await client.end();
      const lasting = (lines: readonly string[]) =>
        lines.filter((line) => !ofTheMoment.some((relation) => line.includes(` ${relation}: `)));
      if (ofTheMoment.length > 0) console.log(`${name}: never the same: ${ofTheMoment.join(', ')}`);
      if (filled.empty.length > 0) console.log(`${name}: without rows: ${filled.empty.join(', ')}`);
      const { place, manifest } = await takeBackup(source.url(name), vault);
      const verification = await verifyBackup(vault.store, place);
      const verify = [
        ...verification.items
          .filter(({ verdict }) => verdict !== 'match')
          .map((item) => JSON.stringify(item)),
        ...verification.notes,
      ];
      const report = await drill({ store: vault.store, place });
      const drilled = report.items
        .filter(({ verdict }) => verdict === 'differs')
        .map((item) => `${item.kind} ${item.name}: ${item.reason}`);
      const skips = report.items.filter(({ verdict }) => verdict === 'skipped');
      for (const skip of skips) console.log(`${name}: skipped: ${skip.kind} ${skip.name}: ${skip.reason}`);
      const restored: string[] = [];
      for (const [at, [way, back]] of Object.entries(WAYS).entries()) {
        const target = targets[at];
        if (!target) throw new TypeError(`${way} has no target`);
        const said = await back({ vault, place, manifest, needs: [] }, target, name);
        const wrong = said.filter((line) => !SERVER_WARNING.test(line));
        if (wrong.length === 0)
          wrong.push(...lasting(await compareDatabases(source, target, name, manifest)));
        restored.push(...wrong.map((line) => `${way}: ${line}`));
      }
      const beside = `${name} by pg_restore`;
      await targets[0]?.run(`CREATE DATABASE "${beside}"`);
      const native = await compareWithNative({ source, targets }, name, beside, bin ?? '').then(
        lasting,
        (error) => console.log(`${name}: the native tools fail: ${error.message}`),
      );
      // What a server writes otherwise after one round trip is no difference where the native tools make the same of it.
      const rewritten = restored.filter((line) => native?.length === 0 && WRITTEN_OTHERWISE.test(line));
      for (const line of rewritten) console.log(`${name}: as the native tools write it: ${line}`);
      const unequal = restored.filter((line) => !rewritten.includes(line));
      told.push(
        `| ${[
          ...[name, filled.tables, filled.rows, refused, filled.empty.length, source.major],
          ...[verify.length === 0 ? 'intact' : 'DAMAGED', report.verdict, skips.length],
          unequal.length > 0
            ? 'DIFFERS'
            : rewritten.length > 0
              ? 'equal, as the native tools write it'
              : 'equal',
          !native ? 'fail' : native.length === 0 ? 'equal' : 'DIFFERS',
        ].join(' | ')} |`,
      );
      const found = { verify, drill: drilled, restored: unequal, native: native ?? [] };
      expect(found).toEqual({ verify: [], drill: [], restored: [], native: [] });
    });
  },
);

/** Those of one build, native tools and all. */
async function binariesOf(major: NewestMajor): Promise<string | undefined> {
  if (major === 15) return debianBinaries();
  const newest = await newestPostgres(major);
  if ('binDirectory' in newest) return newest.binDirectory;
  console.warn(`SKIPPED: schemas that others wrote: ${newest.missing}`);
}

/** How many statements the server refused. */
async function load(server: PostgresServer, database: string): Promise<number> {
  const environment = { ...process.env, ...psqlEnvironment(server, database) };
  let refused = 0;
  for (const file of readdirSync(join(folder, database)).sort()) {
    const path = join(folder, database, file);
    if (!readFileSync(path, 'utf8').trim()) continue;
    const { stderr } = await run('psql', ['-X', '-q', '-f', path], { env: environment, maxBuffer: 1 << 28 });
    const errors = stderr.split('\n').filter((line) => line.includes('ERROR:'));
    if (errors.length > 0) console.log(errors.slice(0, 5).join('\n'));
    refused += errors.length;
  }
  return refused;
}
