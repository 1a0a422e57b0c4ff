import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill.ts';
import { compareDatabases } from '../fidelity/compare-databases.ts';
import { restoreNatively, schemaText } from '../fidelity/native-tools.ts';
import { WAYS } from '../fidelity/ways-back.ts';
import { debianBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment } from '../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { fillTables } from './fill-tables.ts';

/**
 * Schemas that others wrote. LIFEBOAT_SCHEMAS names a folder with one folder for each of them, of SQL files that psql runs in the
 * order of their names, statements that fail passed over. Tables are filled by the types of their columns; then each database
 * goes every way back, beside what pg_dump and pg_restore make of it.
 */
const folder = process.env.LIFEBOAT_SCHEMAS ?? '';
const bin = debianBinaries();
const schemas = existsSync(folder)
  ? readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())
  : [];
const missing = missingPrograms('schemas that others wrote', ['psql', 'zstd']);
const run = promisify(execFile);

if (folder === '') console.warn('SKIPPED: LIFEBOAT_SCHEMAS names no folder of schemas that others wrote.');

describe.skipIf(schemas.length === 0 || missing.length > 0 || bin === undefined)(
  'a schema that others wrote',
  () => {
    let vault: TestVault;
    let source: PostgresServer;
    const targets: PostgresServer[] = [];
    beforeAll(async () => {
      vault = await testVault();
      // Of one build, so that the native tools of that very build can be asked.
      const options = {
        major: 15,
        ...(bin ? { binDirectory: bin } : {}),
        settings: { max_locks_per_transaction: '512' },
      } as const;
      source = await startPostgres(options);
      for (const _ of [...Object.keys(WAYS), 'native']) targets.push(await startPostgres(options));
    });
    afterAll(async () => {
      for (const server of [source, ...targets]) await server?.stop();
      vault?.remove();
    });

    it.each(schemas)('%s', async (name) => {
      for (const server of [source, ...targets]) await server.run(`CREATE DATABASE "${name}"`);
      const refused = await load(source, name);
      const client = await source.connect(name);
      const filled = await fillTables(client);
      await client.end();
      console.log(
        `${name}: ${filled.tables} tables with ${filled.rows} rows, ${filled.empty.length} empty; ${refused} statements refused by the server`,
      );
      const { place, manifest } = await takeBackup(source.url(name), vault);
      const found: string[] = [];
      const report = await drill({ store: vault.store, place });
      for (const { verdict, kind, name: of, reason } of report.items) {
        if (verdict === 'differs') found.push(`drill: ${kind} ${of}: ${reason}`);
        if (verdict === 'skipped') console.log(`${name}: skipped: ${kind} ${of}: ${reason}`);
      }
      const [native] = targets.slice(-1);
      if (!native) throw new TypeError('no server for the native tools');
      await restoreNatively(source, native, name, name, bin ?? '').catch((error) =>
        console.log(`${name}: pg_restore: ${error.message}`),
      );
      const nativeText = await schemaText(native, name, bin ?? '');
      for (const [at, [way, back]] of Object.entries(WAYS).entries()) {
        const target = targets[at];
        if (!target) throw new TypeError(`${way} has no target`);
        const wrong = await back({ vault, place, manifest, needs: [] }, target, name);
        wrong.push(...(await compareDatabases(source, target, name, manifest)));
        const text = await schemaText(target, name, bin ?? '');
        const other = text.filter((line) => !nativeText.includes(line));
        wrong.push(...other.map((line) => `pg_dump -s: + ${line}`));
        found.push(...wrong.map((line) => `${way}: ${line}`));
      }
      expect(found).toEqual([]);
    });
  },
);

/** How many statements the server refused. */
async function load(server: PostgresServer, database: string): Promise<number> {
  const environment = { ...process.env, ...psqlEnvironment(server, database) };
  let refused = 0;
  for (const file of readdirSync(join(folder, database)).sort()) {
    const path = join(folder, database, file);
    if (!readFileSync(path, 'utf8').trim()) continue;
    const { stderr } = await run('psql', ['-X', '-q', '-f', path], { env: environment, maxBuffer: 1 << 28 });
    refused += stderr.split('\n').filter((line) => line.includes('ERROR:')).length;
  }
  return refused;
}
