import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateHybridIdentity, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmBinaries, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from '../cli/lifeboat.ts';

const SMALL_SHOP = readFileSync(new URL('../cli/small-shop.sql', import.meta.url), 'utf8');

describe.skipIf(npmBinaries(17) === undefined)('a backup that is encrypted to recipients', () => {
  let server: PostgresServer;
  let directory: string;
  let environment: Record<string, string>;
  let recipient: string;
  let hybridRecipient: string;
  let spareRecipient: string;
  let names: Record<'key.txt' | 'hybrid.txt', string>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-age-'));
    server = await startPostgres({ major: 17 });
    await server.run('CREATE DATABASE shop');
    await server.run(SMALL_SHOP, 'shop');
    environment = { LIFEBOAT_SOURCE_URL: server.url('shop'), LIFEBOAT_VAULT: join(directory, 'vault') };
    const [identity, hybrid] = [await generateIdentity(), await generateHybridIdentity()];
    recipient = await identityToRecipient(identity);
    hybridRecipient = await identityToRecipient(hybrid);
    spareRecipient = await identityToRecipient(await generateIdentity());
    writeFileSync(join(directory, 'key.txt'), `# created: now\n# public key: ${recipient}\n${identity}\n`);
    writeFileSync(join(directory, 'hybrid.txt'), `${hybrid}\n`);
    writeFileSync(join(directory, 'other.txt'), `${await generateIdentity()}\n`);
    writeFileSync(join(directory, 'recipients.txt'), `# the drill's\n${recipient}\n\n`);
    const own = ['--age-recipients-file', 'recipients.txt', '--age-recipient', spareRecipient];
    names = {
      'key.txt': (await json('backup', '--create-vault', ...own)).name,
      'hybrid.txt': (await json('backup', '--name', 'hybrid', '--age-recipient', hybridRecipient)).name,
    };
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function json(...argv: string[]) {
    const ended = await lifeboat([...argv, '--json'], { environment, directory });
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    return JSON.parse(ended.stdout);
  }
  async function refusal(argv: string[], more: Record<string, string> = {}) {
    const ended = await lifeboat([...argv, '--json'], {
      environment: { ...environment, ...more },
      directory,
    });
    return { exitCode: ended.exitCode, ...JSON.parse(ended.stdout).error };
  }

  it.each(['key.txt', 'hybrid.txt'] as const)(
    'is drilled, restored, queried and compared with %s',
    async (identity) => {
      const name = names[identity];
      const keyed = ['--identity', identity];
      expect(await json('drill', name, ...keyed)).toMatchObject({ verdict: 'proven' });
      expect(await json('query', name, 'SELECT count(*) FROM public.orders', ...keyed)).toEqual([
        { count: 5000 },
      ]);
      expect((await json('diff', name, ...keyed)).totals).toMatchObject({ deleted: 0, added: 0, changed: 0 });
      await server.run('DROP DATABASE IF EXISTS again');
      const target = ['--target', server.url('again'), '--create-database', '--yes', 'again'];
      expect(await json('restore', name, ...target, ...keyed)).toMatchObject({ outcome: 'restored' });
    },
  );

  it('is opened by nobody without an identity, or with another, and nothing is touched', async () => {
    const name = names['key.txt'];
    const target = ['--target', server.url('untouched'), '--create-database', '--yes', 'untouched'];
    const uses = [
      ['drill', name],
      ['query', name, 'SELECT count(*) FROM public.orders'],
      ['diff', name],
      ['restore', name, ...target],
    ];
    for (const argv of uses) {
      expect(await refusal(argv), argv[0]).toMatchObject({ exitCode: 2, code: 'identity-missing' });
      const wrong = await refusal([...argv, '--identity', 'other.txt']);
      expect(wrong, argv[0]).toMatchObject({ exitCode: 2, code: 'identity-does-not-fit' });
      expect(wrong.what).toContain(recipient);
    }
    const client = await server.connect();
    const made = await client.query("SELECT FROM pg_database WHERE datname = 'untouched'");
    await client.end();
    expect(made.rowCount).toBe(0);
  });

  it('takes the identity from the environment: its text, or the name of its file', async () => {
    const name = names['key.txt'];
    const query = ['query', name, 'SELECT 1 AS one', '--json'];
    const text = readFileSync(join(directory, 'key.txt'), 'utf8');
    const given = [
      { LIFEBOAT_AGE_IDENTITY: text },
      { LIFEBOAT_AGE_IDENTITY_FILE: 'key.txt' },
      // The text wins, as the more direct of the two.
      { LIFEBOAT_AGE_IDENTITY: text, LIFEBOAT_AGE_IDENTITY_FILE: 'other.txt' },
    ];
    for (const more of given) {
      const ended = await lifeboat(query, { environment: { ...environment, ...more }, directory });
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    }
    const secret = text.split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-')) ?? '';
    // A name that wins over what fits, and a secret key where a name belongs.
    expect(await refusal([...query.slice(0, 3), '--identity', 'other.txt'], given[0])).toMatchObject({
      code: 'identity-does-not-fit',
    });
    for (const argv of [
      ['--identity', secret],
      ['--age-identity', secret],
    ]) {
      const ended = await lifeboat([...query, ...argv], { environment, directory });
      expect(ended.exitCode).toBe(2);
      expect(ended.stdout + ended.stderr).not.toContain(secret.slice(16, 40));
    }
    expect(await refusal([...query.slice(0, 3), '--identity', 'absent.txt'])).toMatchObject({
      code: 'identity-unreadable',
    });
  });

  it('is verified with the identity and without, and says which', async () => {
    const name = names['key.txt'];
    const recipients = [spareRecipient, recipient].sort();
    const without = await json('verify', name);
    expect(without).toMatchObject({ verdict: 'intact', encryption: { opened: false } });
    expect([...without.encryption.recipients].sort()).toEqual(recipients);
    const withKey = await json('verify', name, '--identity', 'key.txt');
    expect(withKey).toMatchObject({ verdict: 'intact', encryption: { opened: true } });
    const said = await lifeboat(['verify', name], { environment, directory });
    expect(said.stdout).toContain('intact, every object is stored as it was written; nobody looked inside');
    expect(said.stdout.replace(/\s+/g, ' ')).toContain(
      'unchecked rows, digests and definitions, because no identity was given',
    );
    const opened = await lifeboat(['verify', name, '--identity', 'key.txt'], { environment, directory });
    expect(opened.stdout).toContain('intact, every object is as it was written.');
    expect(await refusal(['verify', name, '--identity', 'other.txt'])).toMatchObject({
      code: 'identity-does-not-fit',
    });
  });

  it('is marked in the list, and shows its recipients', async () => {
    await json('backup', '--name', 'plain');
    const { backups } = await json('list');
    const marks = Object.fromEntries(
      backups.map(({ source, recipients }: { source: string; recipients: string[] }) => [source, recipients]),
    );
    expect(marks).toEqual({
      shop: [spareRecipient, recipient],
      hybrid: [hybridRecipient],
      plain: [],
    });
    const list = await lifeboat(['list'], { environment, directory });
    expect(list.stdout).toMatch(/ KEY +SOURCE /);
    expect(list.stdout).toMatch(/ age +shop /);
    expect(list.stdout).toMatch(/ none +plain /);
    const shown = await lifeboat(['show', names['key.txt']], { environment, directory });
    expect(shown.stdout).toContain(recipient);
    expect((await lifeboat(['list', '--name', 'plain'], { environment, directory })).stdout).not.toContain(
      'KEY',
    );
  });

  it('makes the safety backup of a restore for the same recipients', async () => {
    const keyed = ['--identity', 'key.txt'];
    await server.run('DROP DATABASE IF EXISTS filled');
    const target = ['--target', server.url('filled'), '--yes', 'filled'];
    await json('restore', names['key.txt'], ...target, '--create-database', ...keyed);
    const again = await json('restore', names['key.txt'], ...target, '--into-existing', ...keyed);
    expect(again.outcome).toBe('restored');
    const kept = await json('show', again.safetyBackup);
    expect(kept.manifest.encryption.recipients).toEqual([spareRecipient, recipient]);
  });

  it('makes it for others only if it is told to, and its plan names them, and warns of strange ones', async () => {
    await server.run('DROP DATABASE IF EXISTS known');
    const target = ['--target', server.url('known'), '--identity', 'key.txt'];
    await json('restore', names['key.txt'], ...target, '--create-database', '--unproven', '--yes', 'known');
    // A manifest that names another reader than the source's backups do.
    const strange = await json('backup', '--name', 'shop', '--age-recipient', recipient);
    const over = [...target, '--into-existing', '--unproven'];
    const dry = await json('restore', strange.name, ...over, '--dry-run');
    expect(dry.plan.safetyRecipients).toEqual([recipient]);
    expect(dry.plan.notes.join(' ')).toMatch(
      /Warning: the recipients of the safety backup .* has other recip/,
    );
    const text = await lifeboat(['restore', strange.name, ...over, '--dry-run'], { environment, directory });
    expect(text.stdout.replaceAll(/\s+/g, ' ')).toContain(`into the same vault, encrypted to ${recipient}`);
    const chosen = [...over, '--age-recipient', spareRecipient];
    const plan = (await json('restore', strange.name, ...chosen, '--dry-run')).plan;
    expect(plan.safetyRecipients).toEqual([spareRecipient]);
    expect(plan.notes.join(' ')).not.toContain('Warning');
    const done = await json('restore', strange.name, ...chosen, '--yes', 'known');
    const kept = await json('show', done.safetyBackup);
    expect(kept.manifest.encryption.recipients).toEqual([spareRecipient]);
    expect(await refusal(['restore', strange.name, ...chosen, '--no-safety-backup'])).toMatchObject({
      code: 'restore-recipients-unused',
    });
  }, 60_000);

  it('is what the doctor looks at, with the key that an emergency would need', async () => {
    const of = async (source: string, ...more: string[]) => {
      const argv = ['doctor', '--json', '--name', source, ...more];
      const ended = await lifeboat(argv, { environment, directory });
      const { findings } = JSON.parse(ended.stdout);
      return findings.filter(({ check }: { check: string }) => ['encryption', 'identity'].includes(check));
    };
    expect(await of('shop')).toMatchObject([
      { check: 'encryption', verdict: 'ok', what: expect.stringContaining('has lost the backups') },
      { check: 'identity', verdict: 'skipped' },
    ]);
    expect(await of('shop', '--identity', 'key.txt')).toMatchObject([
      { check: 'encryption', verdict: 'ok' },
      { check: 'identity', verdict: 'ok' },
    ]);
    expect(await of('shop', '--identity', 'other.txt')).toMatchObject([
      { check: 'encryption', verdict: 'ok' },
      { check: 'identity', verdict: 'problem', what: expect.stringContaining('is encrypted to') },
    ]);
    expect(await of('plain')).toEqual([]);
    // Somebody removes the setting.
    await json('backup', '--name', 'hybrid');
    expect(await of('hybrid')).toMatchObject([
      { check: 'encryption', verdict: 'warning', what: expect.stringContaining('is not encrypted, though') },
    ]);
    expect(await refusal(['doctor', '--identity', 'absent.txt'])).toMatchObject({
      code: 'identity-unreadable',
    });
  });

  it('is not begun for recipients that nobody could be', async () => {
    for (const argv of [
      ['--age-recipient', 'ssh-ed25519 AAAA'],
      ['--age-recipient', recipient.slice(0, -3)],
      ['--age-recipients-file', 'absent.txt'],
      ['--age-recipients-file', 'key.txt'],
      ['--age-recipient', recipient, '--age-recipient', hybridRecipient],
    ]) {
      const { exitCode, code } = await refusal(['backup', '--name', 'none', ...argv]);
      expect({ exitCode, code }, argv.join(' ')).toEqual({ exitCode: 2, code: 'age-recipient-invalid' });
    }
    expect((await json('list', '--name', 'none')).backups).toEqual([]);
  });
});
