import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run as runCommand } from '../../../lib/cli/run.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';
import { PAGERDUTY_KEY, SLACK_PATH } from '../../support/notify/sample-notifications.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { CapturedStream } from '../../unit/cli/captured-stream.ts';
import { lifeboat, type RunOptions } from '../../unit/cli/command-line.ts';
import { AgedVault } from '../keep/prune-vault.ts';

let server: PostgresServer;
let slack: Receiver;
let pager: Receiver;
let monitor: Receiver;
let directory: string;
beforeAll(async () => {
  [server, slack, pager, monitor] = await Promise.all([
    startPostgres({ major: 18 }),
    startReceiver(),
    startReceiver(),
    startReceiver(),
  ]);
  await server.run('CREATE DATABASE shop');
  await server.run('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)', 'shop');
});
afterAll(() => Promise.all([server.stop(), slack.stop(), pager.stop(), monitor.stop()]));
beforeEach(() => {
  for (const receiver of [slack, pager, monitor]) {
    receiver.received.length = 0;
    receiver.usual = {};
  }
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-notify-'));
  return () => rmSync(directory, { recursive: true, force: true });
});

/** There is no such database, which is told at once: a server that does not answer is tried again for half a minute. */
const GONE = () => server.url('gone');
const TOKEN = 'XXXXXXXXXXXXXXXXXXXXXXXX';

function environment(source: string): Record<string, string> {
  return {
    LIFEBOAT_SOURCE_URL: source,
    LIFEBOAT_VAULT: join(directory, 'vault'),
    LIFEBOAT_STATE_DIRECTORY: join(directory, 'state'),
    LIFEBOAT_NOTIFY: `slack+http://${slack.host}${SLACK_PATH},pagerduty://${PAGERDUTY_KEY}@${pager.host}`,
    LIFEBOAT_NOTIFY_ENVIRONMENT: 'production',
    LIFEBOAT_RUNBOOK: 'https://wiki.example.com/lifeboat',
    LIFEBOAT_HEARTBEAT_URL: `http://${monitor.host}/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278`,
  };
}
const run = (argv: readonly string[], source = server.url('shop'), options: RunOptions = {}) =>
  lifeboat(argv, { directory, ...options, environment: { ...environment(source), ...options.environment } });
const backup = (source?: string, ...argv: string[]) =>
  run(['backup', '--create-vault', '--name', 'shop', ...argv], source);

const headlines = () => slack.received.map(({ body }) => JSON.parse(body).text as string);
const paged = () =>
  pager.received.map(({ body }) => {
    const { event_action, dedup_key, payload } = JSON.parse(body);
    return { event_action, dedup_key, severity: payload?.severity };
  });
const pinged = () => monitor.received.map(({ path }) => path.replace(/\?.*/, '').replace(/^.*ea278/, ''));

describe('a backup that fails', () => {
  it('is told with what is at stake, counted, and told to be over once it works again', async () => {
    expect((await backup(GONE())).exitCode).toBe(3);
    expect((await backup(GONE())).exitCode).toBe(3);
    const sealed = await backup(undefined, '--json');
    expect(sealed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(sealed.stdout)).toMatchObject({ outcome: 'sealed' });
    expect(headlines()).toEqual([
      'WARNING: Backup of shop failed',
      'CRITICAL: Backup of shop failed',
      'OVER: Backup of shop works again',
    ]);
    const [first, second, over] = slack.received.map(({ body }) => body);
    expect(first).toMatch(/\/gone/);
    expect(first).toContain('<https://wiki.example.com/lifeboat#backup-failed>');
    expect(first).toContain('*Environment:* production');
    expect(second).toContain('This is failure number 2 in a row.');
    expect(over).toContain('It had failed 2 times in a row.');
    const [{ dedup_key = '' } = {}] = paged();
    expect(paged()).toEqual([
      { event_action: 'trigger', dedup_key, severity: 'warning' },
      { event_action: 'trigger', dedup_key, severity: 'critical' },
      { event_action: 'resolve', dedup_key, severity: undefined },
    ]);
    expect(pinged()).toEqual(['/start', '/fail', '/start', '/fail', '/start', '']);
    // The next success is nothing new for people. A pager may have an alert of a machine that has forgotten it.
    await backup();
    expect(headlines()).toHaveLength(3);
    expect(paged()).toHaveLength(4);
    await backup(undefined, '--notify-on', 'always');
    expect(headlines().at(-1)).toBe('Backup of shop succeeded');
  });

  it('is told to be over by the next success if nobody could be told at first', async () => {
    await backup(GONE());
    for (const receiver of [slack, pager]) receiver.usual = { status: 400 };
    expect((await backup()).exitCode).toBe(0);
    for (const receiver of [slack, pager]) receiver.usual = {};
    await backup();
    expect(headlines().at(-1)).toBe('OVER: Backup of shop works again');
  });

  it('says how old the newest proven backup is', async () => {
    const vault = new AgedVault();
    try {
      await vault.backup(3);
      await vault.backup(1, { proven: true });
      await vault.backup(0);
      // The fixture's manifests say that they were sealed on this day before.
      const now = () => new Date('2026-11-21T04:30:00Z');
      await run(['backup', '--name', 'shop', '--vault', vault.directory], GONE(), { now });
      expect(headlines()).toEqual(['WARNING: Backup of shop failed']);
      expect(slack.received[0]?.body).toMatch(
        /The newest proven backup of shop is 26 h old, from 2026-11-20 /,
      );
    } finally {
      vault.remove();
    }
  });
});

describe('a message that cannot be delivered', () => {
  it('changes neither the exit code nor the JSON, and is told on stderr without its address', async () => {
    for (const receiver of [slack, pager, monitor]) receiver.usual = { status: 403, body: 'refused' };
    const failed = await backup(GONE(), '--json');
    expect(failed.exitCode).toBe(3);
    expect(JSON.parse(failed.stdout)).toMatchObject({ error: { exitCode: 3 } });
    expect(failed.stderr).toContain(
      `not told: slack (${slack.host}) did not take the message: it answered 403`,
    );
    expect(failed.stderr).toContain(`not told: pagerduty (${pager.host}) did not take the message`);
    expect(failed.stderr).toContain(`not told: heartbeat (${monitor.host}) did not take the message`);
    const sealed = await backup(undefined, '--notify', 'hunter2', '--heartbeat', 'ftp://hunter2/');
    expect(sealed.exitCode).toBe(0);
    expect(sealed.stderr).toContain(
      'not told: No channel in LIFEBOAT_NOTIFY has the name that --notify gives (number 1).',
    );
    expect(sealed.stderr).toContain(
      'not told: The address of --heartbeat is not an address that begins with https://.',
    );
    expect(`${failed.stderr}${failed.stdout}${sealed.stderr}`).not.toMatch(
      new RegExp(`${TOKEN}|${PAGERDUTY_KEY}|5bf66975|hunter2`),
    );
  });
});

describe('what else can go wrong', () => {
  it('is told, too: a mistyped option in a crontab, which shows no address', async () => {
    const { exitCode, stderr } = await run([
      'backup',
      '--notfy',
      `https://hooks.slack.com${SLACK_PATH}`,
      '--x',
    ]);
    expect(exitCode).toBe(2);
    expect(headlines()).toEqual(['WARNING: Backup of shop failed']);
    expect(slack.received[0]?.body).toContain("Unknown option '--notfy'");
    expect(`${stderr}${slack.received[0]?.body}`).not.toContain(TOKEN);
    const together = await run(['backup', `--notfy=https://hooks.slack.com${SLACK_PATH}`]);
    expect(`${together.stderr}${slack.received[1]?.body}`).not.toContain(TOKEN);
    expect(together.stderr).toContain('hooks.slack.com');
  });

  it('is told, too: a backup that is damaged, a copy of it, a command that was interrupted', async () => {
    await backup();
    const vault = join(directory, 'vault');
    const chunk = readdirSync(vault, { recursive: true, encoding: 'utf8' }).find((name) =>
      /\.zst$/.test(name),
    );
    appendFileSync(join(vault, chunk ?? ''), 'x');
    slack.received.length = 0;
    expect((await run(['verify'])).exitCode).toBe(5);
    expect((await run(['copy', '--to', join(directory, 'copies'), '--all'])).exitCode).not.toBe(0);
    expect((await run(['drill'], undefined, { signal: AbortSignal.abort(new Error('stop')) })).exitCode).toBe(
      130,
    );
    expect(headlines()).toEqual([
      'CRITICAL: Verification of shop failed',
      'WARNING: Copy failed',
      'WARNING: Restore drill failed',
    ]);
    expect(slack.received[0]?.body).toContain('It concerns');
    expect(slack.received[0]?.body).toContain('No drill has proven any of the backups of shop');
    expect(slack.received[2]?.body).toContain('Interrupted.');
    expect(monitor.received.at(-1)?.body).toContain('Interrupted.');
  });

  it('is told, too: a refresh of staging, and where it found values of production', async () => {
    const refresh = (masks: object) => {
      writeFileSync(join(directory, 'masks.json'), JSON.stringify({ version: 1, tables: masks }));
      const argv = ['refresh', '--unproven', '--mask', 'masks.json', '--yes', 'staging', '--quiet'];
      return run([...argv, '--to', server.url('staging')], undefined, {
        environment: { LIFEBOAT_MASK_KEY: 'a key that is long enough' },
      });
    };
    await server.run('CREATE DATABASE leaky');
    await server.run(
      "CREATE TABLE t (mail text, note text); INSERT INTO t VALUES ('ann@shop.test', 'wrote to ann@shop.test')",
      'leaky',
    );
    expect((await run(['backup', '--create-vault', '--name', 'leaky'], server.url('leaky'))).exitCode).toBe(
      0,
    );
    expect((await refresh({ 'public.t': { mail: 'hash' } })).exitCode).toBe(2);
    expect((await refresh({ 'public.t': { mail: 'hash', note: 'keep' } })).exitCode).toBe(7);
    expect(headlines()).toEqual([
      'WARNING: Refresh of staging failed',
      'CRITICAL: Refresh of staging of leaky failed',
    ]);
    expect(slack.received.map(({ body }) => body).join()).toMatch(
      /public\.t\.note.*Values of production are in public\.t\.note/s,
    );
    expect(JSON.stringify(slack.received)).not.toContain('ann@');
  });

  it('is not told on a person at a terminal who mistypes something', async () => {
    const stdin = Object.assign(Readable.from([]), { isTTY: true });
    const exitCode = await runCommand(['backup', '--oops'], {
      ...{ environment: environment(server.url('shop')), directory, stdin, now: () => new Date() },
      ...{ stdout: new CapturedStream(100), stderr: new CapturedStream(100) },
      signal: new AbortController().signal,
    });
    expect(exitCode).toBe(2);
    expect([slack.received, pager.received, monitor.received]).toEqual([[], [], []]);
  });

  it('is not told by commands that people only look with, and help', async () => {
    expect((await run(['list', '--vault', 'typo'])).exitCode).toBe(4);
    expect((await run(['backup', '--help'])).exitCode).toBe(0);
    expect(slack.received).toEqual([]);
    expect(monitor.received).toEqual([]);
  });

  it('is a memory that somebody has damaged: then it is told as the first failure', async () => {
    await backup(GONE());
    const alerts = join(directory, 'state', 'alerts');
    for (const file of readdirSync(alerts)) writeFileSync(join(alerts, file), '{"since": 1');
    await backup(GONE());
    expect(slack.received[1]?.body).not.toContain('in a row');
  });
});

describe('lifeboat alert test --channel', () => {
  it('sends a real message, and that it is over', async () => {
    const { exitCode, stdout } = await run(['alert', 'test', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      channels: [
        { name: 'slack', kind: 'slack', host: slack.host, delivered: true, problem: null },
        { name: 'pagerduty', kind: 'pagerduty', host: pager.host, delivered: true, problem: null },
      ],
    });
    expect(headlines()).toEqual(['INFO: Test message', 'Test message: it is over']);
    expect(paged().map(({ event_action }) => event_action)).toEqual(['trigger', 'resolve']);
  });

  it('says which channel failed and which cannot be used, without an address', async () => {
    slack.usual = { status: 404, body: 'no_service' };
    const channels = [`slack+http://${slack.host}${SLACK_PATH}`, `pagerduty://${TOKEN}`];
    const { exitCode, stdout } = await run([
      'alert',
      'test',
      ...channels.flatMap((one) => ['--channel', one]),
    ]);
    expect(exitCode).toBe(8);
    expect(stdout).toContain(`slack (${slack.host}) did not take the message: it answered 404: no_service.`);
    expect(stdout).toContain('does not have 32 letters and digits');
    expect(stdout).not.toContain(TOKEN);
  });

  it('asks what to test if nothing was named, or too much', async () => {
    const nothing = await run(['alert', 'test'], undefined, { environment: { LIFEBOAT_NOTIFY: '' } });
    expect(nothing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('alert-not-named') });
    const both = await run(['alert', 'test', '--channel', 'x', '--environment', 'production']);
    expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('alert-contradiction') });
  });
});
