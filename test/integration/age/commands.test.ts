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

  it('is opened by nobody without an identity, or with another', async () => {
    const name = names['key.txt'];
    expect(await refusal(['drill', name])).toMatchObject({ exitCode: 2, code: 'identity-missing' });
    const wrong = await refusal(['drill', name, '--identity', 'other.txt']);
    expect(wrong).toMatchObject({ exitCode: 2, code: 'identity-does-not-fit' });
    expect(wrong.what).toContain(recipient);
  });
});
