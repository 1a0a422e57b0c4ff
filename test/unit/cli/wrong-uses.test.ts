import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { lifeboat } from './command-line.ts';

/**
 * What a person gets wrong at three in the morning, and what is said then: one error, a code to search for, something to
 * do, the exit code of the page, and never a stack or a password. No server is needed: none of it gets that far.
 */
interface WrongUse {
  readonly argv: readonly string[];
  readonly code: string;
  readonly exit: number;
  /** Of what is said. */
  readonly says: string;
}

const VAULT = 'vault';
const wrong = (argv: readonly string[], code: string, exit: number, says: string): WrongUse => ({
  argv,
  code,
  exit,
  says,
});
const ofNobody = (...argv: string[]) => ['health', '--source', 'postgres://u@127.0.0.1:1/x', ...argv];
const inVault = (...argv: string[]) => [...argv, '--vault', VAULT];

const WRONG_USES: readonly WrongUse[] = [
  wrong(['list'], 'vault-not-named', 2, '--vault s3://bucket/prefix'),
  wrong(['list', '--vault', 'typo'], 'vault-missing', 4, 'a disk that is not mounted looks the same'),
  wrong(
    ['list', '--vault', 'a-file'],
    'vault-not-a-directory',
    4,
    'is a file, but a vault must be a directory',
  ),
  wrong(['list', '--vault', 'gs://bucket'], 'vault-url-invalid', 2, 'A vault cannot be at gs://'),
  wrong(['list', '--vault', 's3:bucket/prefix'], 'vault-url-invalid', 2, 'Use s3://bucket/prefix.'),
  wrong(['list', '--vault', 's3//bucket/prefix'], 'vault-url-invalid', 2, 'Use s3://bucket/prefix.'),
  wrong(
    ['list', '--vault', 'my-backups'],
    'vault-missing',
    4,
    'If you mean a bucket of S3, write s3://my-backups.',
  ),
  wrong(['list', '--vault', './my-backups'], 'vault-missing', 4, 'Mount the disk, or create the vault'),
  wrong(['list', '--vault', 's3://'], 'vault-url-invalid', 2, 'the name of a bucket'),
  wrong(['show', 'latest', '--vault', 'empty'], 'backup-none', 4, 'There is no backup in'),
  wrong(['verify', '--vault', 'another-tool'], 'backup-none', 4, 'There is no backup in'),
  wrong(['browse', '--vault', 'empty'], 'backup-none', 4, '`lifeboat list` shows what is there'),
  wrong(inVault('show', '202611'), 'backup-reference-invalid', 2, 'Did you mean daily/shop/20261120T020000Z'),
  wrong(
    inVault('show', '20261120T020001Z'),
    'backup-not-found',
    4,
    'Did you mean daily/shop/20261120T020000Z?',
  ),
  wrong(inVault('show', 'nonsense'), 'backup-reference-invalid', 2, 'Write `latest`, an id'),
  wrong(inVault('show', ''), 'backup-reference-invalid', 2, 'Write `latest`, an id'),
  wrong(inVault('show', 'latest'), 'backup-source-ambiguous', 2, '--name blog, or --name shop'),
  wrong(inVault('verify', '--name', 'sohp'), 'backup-none', 4, 'There are backups of blog, shop'),
  wrong(inVault('verify', '20261118T020000Z'), 'backup-unfinished', 4, 'It is not a backup'),
  wrong(inVault('show', '20261117T020000Z'), 'manifest-invalid', 5, 'This backup cannot be trusted'),
  wrong(inVault('show', '20261116T020000Z'), 'manifest-too-new', 5, 'or a newer one'),
  wrong(
    inVault('browse', '20261120T020000Z', '--table', 'user'),
    'table-unknown',
    2,
    'Did you mean public.users?',
  ),
  wrong(
    inVault('browse', '20261120T020000Z', '--schema', 'pubic'),
    'schema-unknown',
    2,
    'Did you mean public?',
  ),
  wrong(
    inVault('browse', '20261120T020000Z', '--directory', 'nowhere'),
    'directory-unusable',
    2,
    'the directory does not exist',
  ),
  wrong(
    inVault('query', '20261120T020000Z', 'SELECT 1', '--directory', 'a-file'),
    'directory-unusable',
    2,
    'it is not a directory',
  ),
  wrong(inVault('query', 'latest', 'SELECT 1; SELECT 2'), 'backup-source-ambiguous', 2, 'of several sources'),
  wrong(inVault('query', '20261120T020000Z', ''), 'query-not-one-statement', 2, 'one statement at a time'),
  wrong(inVault('show', 'yesterday'), 'backup-reference-invalid', 2, '`latest --before "yesterday"`'),
  wrong(inVault('show', 'latest', '--before', '8.11.2026'), 'time-invalid', 2, '2026-11-08T14:00Z'),
  wrong(inVault('list', '--since', '2030-01-01'), 'time-contradiction', 2, 'in the future'),
  wrong(inVault('list', '--at', '24h', '--before', 'now'), 'time-contradiction', 2, 'Give --at alone'),
  wrong(inVault('list', '--before', '2d', '--since', '1d'), 'time-contradiction', 2, 'Exchange them'),
  wrong(inVault('show', '20261120T020000Z', '--at', '1d'), 'backup-time-contradiction', 2, 'names one'),
  wrong(inVault('verify', '--name', 'blog', '--before', '3 weeks ago'), 'backup-not-in-time', 4, 'blog'),
  wrong(inVault('diff', '20261120T020000Z'), 'source-not-named', 2, 'LIFEBOAT_SOURCE_URL'),
  wrong(
    inVault('diff', '20261120T020000Z', '--source', 'https://db.example.com/shop'),
    'source-url-invalid',
    2,
    'it does not start with postgres://',
  ),
  wrong(
    inVault('diff', '20261120T020000Z', '--source', 'postgres://app:hunter22/x@localhost/shop'),
    'source-url-invalid',
    2,
    'percent-encoded',
  ),
  wrong(
    inVault('diff', '20261120T020000Z', '--source', 'postgres://app:hunter22@localhost/shop?sslmode=full'),
    'source-url-invalid',
    2,
    'sslmode is none of',
  ),
  wrong(['health'], 'source-not-named', 2, 'LIFEBOAT_SOURCE_URL'),
  wrong(ofNobody('--threshold', 'conections=1'), 'health-settings-invalid', 2, 'Did you mean connections?'),
  wrong(ofNobody('--threshold', 'connections'), 'command-line-invalid', 2, 'such as connections=70/90'),
  wrong(ofNobody('--size-limit', 'much'), 'command-line-invalid', 2, 'such as 8GB'),
  wrong(ofNobody('--settings', 'nowhere.json'), 'health-settings-unreadable', 2, 'nowhere.json'),
  wrong(ofNobody('--previous', 'a-file'), 'health-report-invalid', 2, 'lifeboat health --json'),
  wrong(
    inVault('backup', '--source', 'postgres://u@localhost/shop', '--name', 'shop-before-restore'),
    'source-name-reserved',
    2,
    'nothing watches those',
  ),
  wrong(inVault('doctor', '--name', 'My Shop'), 'source-name-invalid', 2, 'lower-case letters'),
  wrong(inVault('restore', '--table', 'a', '--allow-altered'), 'restore-rows-options', 2, 'Add --rows'),
  wrong(
    inVault('restore', '--rows', '--table', 'a', '--batch-rows', '0'),
    'command-line-invalid',
    2,
    'whole number',
  ),
  wrong(inVault('restore', '--despite-read-only'), 'restore-rows-options', 2, 'Add --rows'),
  wrong(['restor', 'latest'], 'command-line-invalid', 2, 'Did you mean restore?'),
  wrong(['ls'], 'command-line-invalid', 2, '`lifeboat list` lists the backups.'),
  wrong(['dump'], 'command-line-invalid', 2, '`lifeboat backup` takes a backup.'),
  ...['clean', 'delete', 'remove', 'rm'].map((word) =>
    wrong(
      [word, '20261120T020000Z'],
      'command-line-invalid',
      2,
      '`lifeboat prune` shows which old backups can go',
    ),
  ),
  wrong(['constructor'], 'command-line-invalid', 2, '`lifeboat --help` shows the commands'),
  wrong(['verify', '--report', 'x'], 'command-line-invalid', 2, 'Only `lifeboat drill` has --report.'),
  wrong(
    ['drill', '--require-table=public.a'],
    'command-line-invalid',
    2,
    'Only `lifeboat verify` has --require-table.',
  ),
  wrong(
    inVault('list', '--since', 'last friday'),
    'time-invalid',
    2,
    'the latest Friday before today was 2026-11-13',
  ),
  wrong(
    inVault('show', 's3://bucket/daily/shop/20261120T020000Z/manifest.json'),
    'backup-reference-invalid',
    2,
    'Did you mean daily/shop/20261120T020000Z?',
  ),
  wrong(['list', '--valt', 'x'], 'command-line-invalid', 2, 'Did you mean --vault?'),
  wrong(
    inVault('backup', '--source', 'postgres://u@localhost/shop', '--lock-days', '30'),
    'vault-no-object-lock',
    4,
    'a directory cannot lock objects',
  ),
  wrong(
    inVault('backup', '--source', 'postgres://u@localhost/shop', '--lock-mode', 'compliance'),
    'lock-days-missing',
    2,
    'Add --lock-days',
  ),
  wrong(
    inVault('backup', '--source', 'postgres://u@localhost/shop', '--schedule', '0 2 * * *'),
    'schedule-invalid',
    2,
    "'cron(0 2 * * ? *)'",
  ),
  wrong(
    inVault('backup', '--source', 'postgres://u@localhost/shop', '--keep-daily', '3'),
    'prune-not-asked-for',
    2,
    'Add --prune',
  ),
  wrong(inVault('prune', '--keep-daily', '0'), 'command-line-invalid', 2, 'a whole number from 1'),
  wrong(['prune', '--vault', 'typo'], 'vault-missing', 4, 'a disk that is not mounted'),
  wrong(['backup', '--lock-days', '0'], 'command-line-invalid', 2, 'a whole number from 1 to 36500'),
  wrong(['list', '--class', 'dayly'], 'command-line-invalid', 2, 'Allowed choices are daily'),
  wrong(['verify', '--jobs', 'many'], 'command-line-invalid', 2, 'a whole number from 1 to 64'),
  wrong(['browse', '--port', '99999'], 'command-line-invalid', 2, 'a whole number from 1 to 65535'),
  wrong(['query', 'latest'], 'command-line-invalid', 2, "Missing required argument 'sql'"),
  wrong(['query', 'latest', 'SELECT 1', '--format', 'xml'], 'command-line-invalid', 2, 'table, csv, json'),
];

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-wrong-'));
  for (const name of [VAULT, 'empty', 'another-tool/base'])
    mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'a-file'), '');
  writeFileSync(join(directory, 'another-tool/backup.dump'), 'PGDMP');
  const store = openDirectoryStore(join(directory, VAULT));
  const at = (backupId: string) => ({ ...FIXTURE_PLACE, backupId });
  await writeFixtureArchive(store);
  await writeFixtureArchive(store, {
    place: { ...FIXTURE_PLACE, source: 'blog', backupId: '20261119T020000Z' },
  });
  await writeFixtureArchive(store, { place: at('20261118T020000Z'), seal: false });
  await store.put('daily/shop/20261117T020000Z/manifest.json', Buffer.from('{}'));
  await store.put('daily/shop/20261116T020000Z/manifest.json', formatSealedJson({ format: 99 }));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each(WRONG_USES)('lifeboat $argv: $code', async ({ argv, code, exit, says }) => {
  const { exitCode, stdout, stderr } = await lifeboat(argv, { directory });
  expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: '' });
  expect(stderr).toContain(`code     ${code} (exit ${exit})\n`);
  expect(stderr).toContain(says);
  expect(stderr).toMatch(/^error {4}\S.*\n(meaning {2}\S.*\n)?to do {4}\S.*\ncode {5}\S.*\n$/);
  expect(stderr).not.toMatch(/hunter22|^ +at |node:internal|undefined|\[object/m);
});

it('in JSON it is the same, and nothing but that on stdout', async () => {
  const { exitCode, stdout } = await lifeboat([...inVault('show', '202611'), '--json'], { directory });
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: 'backup-reference-invalid',
      kind: 'usage',
      exitCode,
      what: expect.any(String),
      meaning: null,
      remedy: expect.stringContaining('Did you mean'),
    },
  });
});
