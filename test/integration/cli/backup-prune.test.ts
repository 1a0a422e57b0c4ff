import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { AgedVault } from '../keep/prune-vault.ts';
import { lifeboat } from './lifeboat.ts';

let server: PostgresServer;
let vault: AgedVault;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  await server.run('CREATE DATABASE shop');
  await server.run(
    'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10)',
    'shop',
  );
});
afterAll(() => server.stop());
beforeEach(() => {
  vault = new AgedVault();
});
afterEach(() => vault.remove());

function backup(...argv: string[]) {
  return lifeboat(['backup', ...argv], {
    environment: { LIFEBOAT_SOURCE_URL: server.url('shop'), LIFEBOAT_VAULT: vault.directory },
  });
}

describe('lifeboat backup --prune', () => {
  it('deletes after the seal what the new backup, or a proven one, lets go', async () => {
    const old = await vault.backup(20);
    const blog = await vault.backup(19, { source: 'blog' });
    await vault.backup(1, { source: 'blog', proven: true });
    const unproven = await backup('--class', 'daily', '--prune', '--json');
    expect(JSON.parse(unproven.stdout).prune).toEqual({
      deleted: [],
      deletedChanges: [],
      problems: [],
      failures: [],
    });
    const { exitCode, stderr, stdout } = await backup('--class', 'daily', '--prune', '--undrilled');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`deleted: daily/shop/${old.backupId}`);
    // Another source is not this run's.
    expect(await vault.wholeBackups()).toEqual(expect.arrayContaining([blog.backupId]));
    expect(await vault.wholeBackups()).toHaveLength(4);
  });

  it('deletes nothing if there is no new backup', async () => {
    const old = await vault.backup(20);
    await vault.backup(1);
    const { exitCode } = await backup('--table', 'public.nothing', '--prune', '--undrilled');
    expect(exitCode).not.toBe(0);
    expect(await vault.wholeBackups()).toContain(old.backupId);
  });

  it('ends with 0 when the backup is sealed and pruning fails, and says what failed', async () => {
    const old = await vault.backup(20);
    await vault.backup(1, { proven: true });
    // What a link leads to is never deleted.
    const folder = vault.pathOf(old).replace(/\/$/, '');
    renameSync(folder, join(vault.directory, 'elsewhere'));
    symlinkSync(join(vault.directory, 'elsewhere'), folder);
    const { exitCode, stdout, stderr } = await backup('--prune', '--json');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('vault-symbolic-link');
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'sealed',
      prune: { deleted: [], failures: [{ code: 'vault-symbolic-link' }] },
    });
    expect(await vault.wholeBackups()).toHaveLength(3);
  });

  it('takes the class by itself: monthly, weekly, daily by what the vault holds, and one backup for a slot', async () => {
    const classes: string[] = [];
    const slots = [
      '2026-11-01T02:00:00Z',
      '2026-11-02T02:00:00Z',
      '2026-11-08T02:00:00Z',
      '2026-11-01T02:00:00Z',
    ];
    for (const slot of slots) {
      const { stdout } = await backup('--class', 'auto', '--time-zone', 'UTC', '--slot', slot, '--json');
      const { retentionClass, outcome } = JSON.parse(stdout);
      classes.push(`${retentionClass} ${outcome}`);
    }
    expect(classes).toEqual(['monthly sealed', 'daily sealed', 'weekly sealed', 'monthly already-sealed']);
  });
});
