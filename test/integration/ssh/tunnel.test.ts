import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { canSwitchOnTls, switchOnTls } from '../../support/server-tls.ts';
import { canStartSshServer, type SshServer, startSshServer } from '../../support/ssh-server.ts';
import { lifeboat as lifeboatHere } from '../../unit/cli/command-line.ts';
import { startLifeboat } from '../cli/lifeboat.ts';

/** A database that only the bastion is asked to reach, by a real sshd. Its certificate is for the name `localhost`. */
describe.skipIf(!canStartSshServer() || !canSwitchOnTls())('a database behind a bastion', () => {
  let server: PostgresServer;
  let sshd: SshServer;
  let certificate: string;
  let vault: string;
  /** Where ssh's sockets lie. */
  let temporary: string;

  beforeAll(async () => {
    vault = mkdtempSync(join(tmpdir(), 'lifeboat-vault-'));
    temporary = mkdtempSync(join(tmpdir(), 'lifeboat-sockets-'));
    [server, sshd] = await Promise.all([startPostgres({ major: 18 }), startSshServer()]);
    certificate = await switchOnTls(server);
    await server.run('CREATE DATABASE shop');
    await server.run(
      'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)',
      'shop',
    );
  });
  afterAll(async () => {
    await Promise.all([server?.stop(), sshd?.stop()]);
    for (const folder of [vault, temporary]) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => vi.stubEnv('TMPDIR', temporary));
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  /** As the bastion reaches it. The name is that of the certificate unless another is given. */
  function url(database = 'shop', host = 'localhost', port = server.port): string {
    const authority = `postgres:${server.password}@${host}:${port}`;
    return `postgres://${authority}/${database}?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate)}`;
  }
  function environment(more: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: sshd.path,
      TMPDIR: temporary,
      LIFEBOAT_VAULT: vault,
      LIFEBOAT_SOURCE_URL: url(),
      ...more,
    };
  }
  async function lifeboat(argv: readonly string[], more: Record<string, string> = {}) {
    const ran = await lifeboatHere(argv, { environment: environment(more), now: () => new Date() });
    return { ...ran, ...(argv.includes('--json') ? { json: JSON.parse(ran.stdout) } : { json: undefined }) };
  }
  // A process that nobody has waited for yet has ended too.
  const isRunning = (pid: number) =>
    /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim());
  /** Nothing of ssh is left: no process, no socket. */
  async function expectNothingLeft(): Promise<void> {
    await vi.waitUntil(() => !sshd.started().some(isRunning), { timeout: 60_000 });
    await vi.waitUntil(() => sockets().length === 0, { timeout: 60_000 });
  }
  const sockets = () => readdirSync(temporary).filter((name) => name.startsWith('lifeboat-ssh-'));
  const filesIn = (folder: string) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      : [];

  it('is backed up, compared, examined and restored by ssh, with its own certificate checked', async () => {
    const made = await lifeboat(['backup', '--ssh', 'bastion', '--json']);
    expect(made.json, made.stderr).toMatchObject({ outcome: 'sealed' });

    const same = await lifeboat(['diff', '--json'], { LIFEBOAT_SSH: 'bastion' });
    expect(same.json, same.stderr).toMatchObject({
      source: `postgres@localhost:${server.port} (by ssh bastion)/shop`,
      sameDatabase: true,
    });

    const examined = await lifeboat(['doctor', '--json'], { LIFEBOAT_SSH: 'bastion' });
    expect(examined.json.findings).toContainEqual(
      expect.objectContaining({
        check: 'connection',
        verdict: 'ok',
        what: expect.stringContaining('(by ssh bastion)'),
      }),
    );

    const drilled = await lifeboat(['drill', '--target', url('postgres'), '--ssh', 'bastion', '--json']);
    expect(drilled.json, drilled.stderr).toMatchObject({ verdict: 'proven' });

    const restored = await lifeboat(
      ['restore', '--create-database', '--yes', 'again', '--ssh', 'bastion', '--json'],
      { LIFEBOAT_TARGET_URL: url('again') },
    );
    expect(restored.json, restored.stderr).toMatchObject({ outcome: 'restored' });

    await server.run('DELETE FROM t WHERE id <= 3', 'shop');
    const rows = await lifeboat(['restore', '--rows', '--table', 't', '--yes', 'shop', '--json'], {
      LIFEBOAT_SSH: 'bastion',
    });
    expect(rows.json, rows.stderr).toMatchObject({ outcome: 'restored' });
    await expectNothingLeft();
  });

  it('is told from another one of the same address that is not behind it', async () => {
    const source = await lifeboat(['restore', '--dry-run', '--unproven', '--ssh', 'bastion'], {
      LIFEBOAT_TARGET_URL: url('shop'),
    });
    expect(source.stderr).toContain('is the source itself');
    // LIFEBOAT_SSH is for the source: a target is reached directly unless its own variable says otherwise.
    const started = sshd.started().length;
    const direct = await lifeboat(['restore', '--dry-run'], {
      LIFEBOAT_SSH: 'bastion',
      LIFEBOAT_TARGET_URL: server.url('again'),
    });
    expect(direct.stderr).not.toContain('ssh');
    expect(sshd.started().length).toBe(started);
  });

  it.each([
    ['another name than the certificate has', 'bastion', 3, 'source-tls-untrusted', ['127.0.0.1']],
    ['a port at which nothing listens', 'bastion', 3, 'source-connection-refused', ['localhost', 1]],
    ['a name that the bastion does not know', 'bastion', 3, 'source-host-unknown', ['no-such.invalid']],
    ['a key that may not forward', 'strict', 3, 'source-ssh-forward-refused', []],
    ['a key that the bastion does not know', 'stranger', 3, 'source-ssh-permission-denied', []],
    ['a bastion that was never met', 'unknown', 3, 'source-ssh-host-key-unknown', []],
    ['a bastion with another host key', 'changed', 3, 'source-ssh-host-key-changed', []],
    ['no sshd', 'shut', 3, 'source-ssh-unreachable', []],
    ['an option in place of a host', '-oProxyCommand=touch gotcha', 2, 'ssh-destination-invalid', []],
  ] as const)('fails with its own error: %s', async (_, ssh, exitCode, code, [host, port]) => {
    const more = { LIFEBOAT_SSH: ssh, LIFEBOAT_SOURCE_URL: url('shop', host, port) };
    if (code === 'source-connection-refused') {
      const { json } = await lifeboat(['doctor', '--json'], more);
      expect(json.findings).toContainEqual(
        expect.objectContaining({ verdict: 'problem', what: expect.stringContaining('Connection refused') }),
      );
    }
    // A backup would try for half a minute whether a server that refuses comes back.
    if (code !== 'source-connection-refused') {
      const failure = await lifeboat(['backup', '--json'], more);
      expect(failure.stdout + failure.stderr).not.toContain(server.password);
      expect({ exitCode: failure.exitCode, code: failure.json.error.code }).toEqual({ exitCode, code });
      expect(failure.json.error.remedy).toBeTruthy();
    }
    await expectNothingLeft();
  });

  it('says that ssh is missing', async () => {
    const failed = await lifeboat(['backup', '--json'], { LIFEBOAT_SSH: 'bastion', PATH: '/nowhere' });
    expect(failed.json.error).toMatchObject({ code: 'source-ssh-missing', kind: 'source' });
    const target = await lifeboat(['restore', '--ssh', 'bastion', '--target', url('again'), '--json'], {
      PATH: '/nowhere',
    });
    expect(target).toMatchObject({
      exitCode: 7,
      json: { error: { code: 'target-ssh-missing', kind: 'target' } },
    });
  });

  describe('while a backup waits for a lock', () => {
    let empty: string;
    let running: ReturnType<typeof startLifeboat>;
    let release: () => Promise<void>;
    let ssh: number;

    beforeEach(async () => {
      empty = mkdtempSync(join(tmpdir(), 'lifeboat-vault-'));
      const migration = await server.connect('shop');
      await migration.query('BEGIN; LOCK TABLE t');
      release = async () => {
        await migration.end();
        rmSync(empty, { recursive: true, force: true });
      };
      running = startLifeboat(['backup', '--json'], {
        environment: environment({ LIFEBOAT_VAULT: empty, LIFEBOAT_SSH: 'bastion' }),
      });
      const waits =
        "SELECT FROM pg_stat_activity WHERE application_name = 'lifeboat' AND wait_event_type = 'Lock'";
      // Not the one in a transaction, which would be shown the same activity again and again.
      const observer = await server.connect();
      await vi.waitUntil(async () => (await observer.query(waits)).rowCount, { timeout: 60_000 });
      ssh = sshd.started().at(-1) ?? 0;
      expect(isRunning(ssh)).toBe(true);
      expect(sockets()).toHaveLength(1);
    });

    it('and ssh dies, the backup fails, says so, and leaves nothing', async () => {
      process.kill(ssh, 'SIGKILL');
      const { exitCode, stdout, stderr } = await running.ended;
      expect({ exitCode, code: JSON.parse(stdout).error.code }, stderr).toEqual({
        exitCode: 3,
        code: 'source-ssh-ended',
      });
      expect(filesIn(empty)).toEqual([]);
      await expectNothingLeft();
      await release();
    });

    it.each(['SIGINT', 'SIGKILL'] as const)(
      'and the command is ended by %s, ssh ends with it',
      async (signal) => {
        running.child.kill(signal);
        const { exitCode } = await running.ended;
        expect(exitCode).toBe(signal === 'SIGINT' ? 130 : null);
        await expectNothingLeft();
        await release();
      },
    );
  });
});
