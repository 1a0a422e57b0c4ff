import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmBinaries, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from './lifeboat.ts';

const SMALL_SHOP = readFileSync(new URL('./small-shop.sql', import.meta.url), 'utf8');

describe.each([15, 18] as const)('lifeboat on PostgreSQL %i', (major) => {
  describe.skipIf(npmBinaries(major) === undefined)('and a directory', () => {
    let server: PostgresServer;
    let directory: string;
    let environment: Record<string, string>;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
      server = await startPostgres({ major });
      await server.run('CREATE DATABASE "My Shop"');
      await server.run(SMALL_SHOP, 'My Shop');
      environment = {
        LIFEBOAT_SOURCE_URL: server.url('My Shop'),
        LIFEBOAT_VAULT: join(directory, 'vault'),
      };
    });
    afterAll(async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('backs up, lists, shows, verifies and drills, each with one object of JSON', async () => {
      const json = async (...argv: string[]) => {
        const ended = await lifeboat([...argv, '--json'], { environment, directory });
        expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
        return JSON.parse(ended.stdout);
      };
      const backup = await json('backup', '--create-vault', '--reason', 'before migration 005');
      expect(backup).toMatchObject({
        vault: `file://${directory}/vault`,
        outcome: 'sealed',
        retentionClass: 'manual',
        source: 'my-shop',
        reason: 'before migration 005',
        scope: 'full',
        tables: 3,
        rows: 5500,
        leftOut: [],
        notices: [],
      });
      expect(backup.name).toBe(`manual/my-shop/${backup.backupId}`);
      expect(backup.serverVersion).toMatch(new RegExp(`^${major}\\.`));

      const { backups } = await json('list');
      expect(backups).toHaveLength(1);
      expect(backups[0]).toMatchObject({ name: backup.name, rows: 5500, proven: false, problem: null });

      const shown = await json('show', 'latest');
      expect(shown).toMatchObject({ name: backup.name, proven: false, proof: null });
      expect(
        shown.manifest.tables.map(({ name, rows }: Record<string, unknown>) => [name, rows]).sort(),
      ).toEqual([
        ['customers', 500],
        ['nothing_yet', 0],
        ['orders', 5000],
      ]);

      const verified = await json('verify', backup.backupId);
      expect(verified).toMatchObject({
        name: backup.name,
        verdict: 'intact',
        totals: { damaged: 0, rows: 5500 },
      });

      const drilled = await json('drill', '--check', 'all orders=SELECT count(*) FROM public.orders=5000');
      expect(drilled).toMatchObject({
        name: backup.name,
        verdict: 'proven',
        totals: { tables: 3, differing: 0 },
      });
      const digests = new Map(
        shown.manifest.tables.map((table: Record<string, string>) => [
          `${table.schema}.${table.name}`,
          table.digest,
        ]),
      );
      const tables = drilled.items.filter(({ kind }: Record<string, unknown>) => kind === 'table');
      expect(tables).toHaveLength(3);
      for (const { digest, verdict } of tables) {
        expect(verdict).toBe('match');
        expect([...digests.values()]).toContain(digest);
      }
      expect((await json('list')).backups[0].proven).toBe(true);
      expect((await json('show', backup.name)).proof).toMatchObject({ verdict: 'proven' });
    });

    // What follows does not depend on the server's version.
    if (major !== 18) return;

    it('says the same to people, without a colour or a progress line in a pipe', async () => {
      const plain = async (...argv: string[]) => {
        const ended = await lifeboat(argv, { environment, directory });
        expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
        expect(ended.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
        return ended.stdout;
      };
      const backup = await plain('backup', '--name', 'plain');
      expect(backup).toMatch(/^manual\/plain\/\S+: sealed\.\n/);
      expect(backup).toContain('rows    5,500 in 3 tables');
      expect(await plain('list', '--name', 'plain')).toMatch(/ manual {2}plain +5,500 .* no +\S/);
      expect(await plain('verify', '--name', 'plain')).toContain(
        ': intact, every object is as it was written.',
      );
      const drill = await plain('drill', '--name', 'plain');
      expect(drill).toMatch(/^public\.orders +5,000 {2}[0-9a-f]{16} {2}match$/m);
      expect(drill).toContain(': proven, restored, compared, and equal.');
      expect(await plain('show', 'latest', '--name', 'plain')).toContain('proven, drill of ');
    });

    it('backs a slot up once, however often it is run', async () => {
      const slot = ['backup', '--class', 'daily', '--slot', '2026-11-20T03:00:00+01:00', '--json'];
      const ended = await lifeboat(slot, { environment, directory });
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      const first = JSON.parse(ended.stdout);
      expect(first).toMatchObject({ outcome: 'sealed', name: 'daily/my-shop/20261120T020000Z' });
      const second = await lifeboat(slot, { environment, directory });
      expect(second.exitCode).toBe(0);
      expect(JSON.parse(second.stdout)).toMatchObject({ outcome: 'already-sealed', name: first.name });
    });

    it('takes its source from the variables of libpq, and the schema alone', async () => {
      const variables = {
        LIFEBOAT_VAULT: join(directory, 'vault'),
        PGHOST: '127.0.0.1',
        PGPORT: String(server.port),
        PGUSER: 'postgres',
        PGPASSWORD: server.password,
        PGDATABASE: 'My Shop',
      };
      const argv = ['backup', '--name', 'schema', '--schema-only', '--json'];
      const ended = await lifeboat(argv, { environment: variables, directory });
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(ended.stdout)).toMatchObject({ scope: 'schema-only', rows: 0, tables: 3 });
    });

    it('fails a drill whose own check fails, and leaves its report where it was asked for', async () => {
      const checks = [{ name: 'impossible', sql: 'SELECT count(*) FROM public.orders', expect: '4999' }];
      writeFileSync(join(directory, 'checks.json'), JSON.stringify(checks));
      const argv = ['drill', 'latest', '--name', 'my-shop', '--class', 'manual', '--checks', 'checks.json'];
      const ended = await lifeboat([...argv, '--report', 'report.json'], { environment, directory });
      expect(ended.exitCode).toBe(6);
      expect(ended.stdout).toMatch(/^ {2}differs {2}custom-check impossible: /m);
      expect(ended.stdout).toContain(': failed, ');
      expect(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'))).toMatchObject({
        verdict: 'failed',
      });
    });
  });
});
