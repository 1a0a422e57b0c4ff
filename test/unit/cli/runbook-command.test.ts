import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestKey, proofKey } from '../../../lib/engine/archive/keys.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { ROOT } from '../../support/docs/markdown.ts';
import { proofOf } from '../../support/proof-of.ts';
import { lifeboat } from './command-line.ts';

const ENVIRONMENTS = `
export const environments = {
`;
const GOOD = `
import type { Environments } from 'pg-lifeboat';
export const environments: Environments = {
  production: {
    region: 'eu-central-1',
    sources: [{ name: 'shop', secretName: 'lifeboat/production/shop' }, { name: 'billing', secretName: 'lifeboat/production/billing' }],
    notifications: { emails: ['on-call@example.com'] },
    contacts: [{ name: 'Ada Lovelace', role: 'decides', phone: '+49 30 1234567' }],
    runbook: 'https://wiki.example.com/lifeboat',
  },
};
`;

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-runbook-'));
  mkdirSync(join(directory, 'vault'));
  mkdirSync(join(directory, 'empty'));
  const store = openDirectoryStore(join(directory, 'vault'));
  const { manifest } = await writeFixtureArchive(store);
  await store.put(proofKey(FIXTURE_PLACE), formatSealedJson(proofOf(manifest)));
  writeFileSync(join(directory, 'environments.ts'), GOOD);
  writeFileSync(join(directory, 'wrong.ts'), ENVIRONMENTS);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function written(settings: object, file = 'other.json'): string {
  const environments = {
    production: { sources: [{ name: 'shop' }], notifications: { emails: [] }, ...settings },
  };
  writeFileSync(join(directory, file), JSON.stringify(environments));
  return file;
}

const run = (...argv: readonly string[]) => lifeboat(['runbook', ...argv], { directory });
const refused = async (...argv: readonly string[]) => {
  const { exitCode, stdout } = await run(...argv, '--json');
  return { exitCode, ...JSON.parse(stdout).error };
};

describe('lifeboat runbook', () => {
  it('writes the page of an environment from its file alone, and says what it does not know', async () => {
    const { exitCode, stdout, stderr } = await run(
      '--env',
      'production',
      '--offline',
      '--time-zone',
      'Europe/Berlin',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('**This is the runbook of the environment `production`**');
    expect(stdout).toContain('| Ada Lovelace | decides | +49 30 1234567 | not said |');
    expect(stdout).toContain('`lifeboat-production-billing-no-backup-25h`');
    expect(stdout).toContain('`lifeboat-production-eu-central-1-break-glass`');
    expect(stdout).toContain('**not known here**: `output VaultBucket`');
    expect(stdout).toContain('2027-02-09 10:00 (Europe/Berlin)');
  });

  it('has the figures of the last drill from a vault', async () => {
    const { stdout } = await run('--vault', 'vault', '--json');
    const { drills, markdown, sources, environment } = JSON.parse(stdout);
    expect({ environment, sources }).toEqual({ environment: null, sources: ['shop'] });
    expect(drills).toMatchObject([{ source: 'shop', proven: { name: 'daily/shop/20261120T020000Z' } }]);
    expect(markdown).toContain('4.2 s in the last drill that passed.');
    expect(markdown).toContain(
      'proven: `daily/shop/20261120T020000Z`, drilled until 2026-11-19 10:16:08 UTC into PostgreSQL 18.6 (embedded)',
    );
    expect(markdown).toContain('npx lifeboat drill latest --name shop');
  });

  it('says of a vault without a backup that nothing could be restored', async () => {
    const { stdout, exitCode } = await run('--vault', 'empty');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('**There is no backup in the vault.**');
  });

  it('says of a damaged backup that its source is not known, and goes on', async () => {
    mkdirSync(join(directory, 'damaged/daily/shop/20261120T020000Z/a'), { recursive: true });
    writeFileSync(join(directory, 'damaged/daily/shop/20261120T020000Z/manifest.json'), '{}');
    const { stdout, exitCode } = await run('--vault', 'damaged');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Run `npx lifeboat doctor`.');
  });

  it('writes files in place of its own, and never over another', async () => {
    const both = ['--out', 'runbook.md', '--calendar', 'drills.ics', '--offline'];
    const first = await run('--env', 'production', ...both);
    expect(first.stdout).toContain('runbook   runbook.md, for shop, billing\n');
    expect(first.stdout).toContain(
      'gap       names that CloudFormation gave, because the page was written with --offline',
    );
    expect(readFileSync(join(directory, 'drills.ics'), 'utf8')).toMatch(/^BEGIN:VCALENDAR\r\n/);
    const again = await run('--env', 'production', '--name', 'billing', ...both);
    expect(again.exitCode).toBe(0);
    expect(readFileSync(join(directory, 'runbook.md'), 'utf8')).toContain('for the source `billing`');
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await refused('--env', 'production', '--offline', '--out', 'environments.ts')).toMatchObject({
      ...{ exitCode: 2, code: 'page-not-written' },
    });
    expect(readFileSync(join(directory, 'environments.ts'), 'utf8')).toBe(GOOD);
    expect(
      (await refused('--env', 'production', '--offline', '--out', join(ROOT, 'docs/runbook.md'))).code,
    ).toBe('page-not-written');
    expect((await refused('--env', 'production', '--offline', '--out', 'none/x.md')).code).toBe(
      'page-not-written',
    );
    expect((await refused('--env', 'production', '--offline', '--out', '.')).code).toBe('page-not-written');
    expect(existsSync(join(ROOT, 'docs/runbook.md'))).toBe(true);
  });

  it('says what is wrong with what it was given', async () => {
    expect(await refused()).toMatchObject({ exitCode: 2, code: 'runbook-not-named' });
    expect(await refused('--env', 'productoin')).toMatchObject({
      code: 'environment-unknown',
      remedy: expect.stringContaining('Use --env production'),
    });
    expect(await refused('--env', '__proto__')).toMatchObject({ code: 'environment-unknown' });
    expect(await refused('--env', 'production', '--name', 'orders', '--offline')).toMatchObject({
      code: 'source-unknown',
    });
    expect(await refused('--env', 'production', '--time-zone', 'Mars/Base')).toMatchObject({
      code: 'time-zone-invalid',
    });
    expect(await refused('--env', 'production', '--environments', 'gone.ts')).toMatchObject({
      code: 'environments-missing',
    });
    expect(await refused('--env', 'production', '--environments', 'wrong.ts')).toMatchObject({
      code: 'environments-unreadable',
    });
    expect(await refused('--vault', 'missing')).toMatchObject({ exitCode: 4, code: 'vault-missing' });
    const nowhere = await lifeboat(['runbook', '--env', 'production', '--json'], {
      directory: join(directory, 'empty'),
    });
    expect(JSON.parse(nowhere.stdout).error.code).toBe('environments-missing');
  });

  it('has the figures of an older drill when the newest backup is damaged', async () => {
    const damaged = join(directory, 'damaged');
    cpSync(join(directory, 'vault'), damaged, { recursive: true });
    const newer = join(damaged, manifestKey({ ...FIXTURE_PLACE, backupId: '20991231T020000Z' }));
    mkdirSync(dirname(newer), { recursive: true });
    writeFileSync(newer, '{}');
    const { stdout } = await run('--vault', damaged);
    const figures = stdout.slice(stdout.indexOf('## What the last drill measured'));
    expect(figures).toMatch(/How much is lost\? \| \*\*Not known here\*\*: .*20991231T020000Z/);
    expect(figures).toMatch(/How long does a restore take\? \| [\d.]+ s in the last drill that passed/);
  });

  it('leaves names and addresses as they are, whatever of Markdown they look like', async () => {
    const contact = { name: 'A [b](c) `', role: 'decides', url: 'https://wiki.example/who?q=[x](y)|`' };
    const file = written({ contacts: [contact] });
    const [plain, page] = await Promise.all(
      [written({}, 'plain.json'), file].map((one) =>
        run('--env', 'production', '--environments', one, '--offline'),
      ),
    );
    const lines = page?.stdout.split('\n') ?? [];
    expect(lines).toContain(
      '| A \\[b\\](c) \\` | decides | <https://wiki.example/who?q=%5Bx%5D(y)%7C%60> | not said |',
    );
    // Nor does what comes after them read otherwise.
    const restOf = (text: string) => text.slice(text.indexOf('## What the last drill measured'));
    expect(restOf(page?.stdout ?? '')).toBe(restOf(plain?.stdout ?? '-'));
  });

  it('refuses a contact with a secret, without showing it', async () => {
    const token = 'T000AAA/B000/s3cr3tT0ken';
    for (const url of [
      `https://hooks.slack.com/services/${token}`,
      'https://ada:hunter2hunter2@example.com/',
      'https://example.com/?token=hunter2hunter2',
    ]) {
      const file = written({ contacts: [{ name: 'Chat', role: 'all', url }] });
      const { stdout, stderr } = await run(
        '--env',
        'production',
        '--environments',
        file,
        '--offline',
        '--json',
      );
      expect(JSON.parse(stdout).error.what).toBe(
        'environments.production.contacts.0.url of the environments file holds a secret, and a runbook is read by many: give the address of a page that asks who one is.',
      );
      expect(stdout + stderr).not.toMatch(/s3cr3t|hunter2/);
    }
  });

  it('writes the page although a setting that it does not need is wrong', async () => {
    const file = written({ sources: [{ name: 'shop', schedule: 'every night' }], retention: 7 });
    const { exitCode, stdout } = await run('--env', 'production', '--environments', file, '--vault', 'vault');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('4.2 s in the last drill that passed. Promised: 10 min.');
  });
});
