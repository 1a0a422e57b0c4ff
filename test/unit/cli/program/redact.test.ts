import { describe, expect, it } from 'vitest';
import { redact } from '../../../../lib/cli/program/redact.ts';
import { lifeboat } from '../command-line.ts';

it('hides the password of any URL, one with @ and / in it included', () => {
  expect(redact('at postgres://app:p@ss:w0rd@db/shop and https://a:b@c', {})).toBe(
    'at postgres://app:********@db/shop and https://a:********@c',
  );
});

it('leaves URLs without a password as they are', () => {
  const text = 's3://bucket/a@b postgres://app@db:5432/shop file:///var/x';
  expect(redact(text, {})).toBe(text);
});

it("hides the environment's own secrets, as they are written and as they are meant", () => {
  const environment = {
    PGPASSWORD: 'hunter22',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtn',
    AWS_SESSION_TOKEN: 'FwoGZXIvYXdz',
    LIFEBOAT_SOURCE_URL: 'postgres://app:sw%40rdfish@db/shop',
  };
  const text = 'hunter22 wJalrXUtn FwoGZXIvYXdz sw%40rdfish sw@rdfish shop';
  expect(redact(text, environment)).toBe(`${Array(5).fill('********').join(' ')} shop`);
});

it('stands a URL that nobody can read', () => {
  expect(redact('100%zz', { LIFEBOAT_SOURCE_URL: 'postgres://a:100%zz@db' })).toBe('********');
});

it('does not give a short password away by hiding it in ordinary words', () => {
  const environment = { LIFEBOAT_SOURCE_URL: 'postgres://app:e@db/shop', PGPASSWORD: 'shop' };
  const text = 'The table shop.orders cannot be read.';
  expect(redact(text, environment)).toBe(text);
  expect(redact('at postgres://app:e@db/shop', environment)).toBe('at postgres://app:********@db/shop');
});

describe.each([
  `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2)}`.slice(0, 74),
  `AGE-SECRET-KEY-PQ-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2)}`,
  `age-secret-key-1${'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.repeat(2)}`,
])('%s is not repeated', (key) => {
  const environment = {
    LIFEBOAT_VAULT: '/nowhere',
    LIFEBOAT_SOURCE_URL: 'postgres://a@127.0.0.1:1/b',
    LIFEBOAT_DEBUG: '1',
  };
  it.each([
    ['backup', '--age-recipients-file', key],
    ['backup', '--age-recipient', key],
    ['backup', '--name', key],
    ['verify', key],
    ['verify', '--name', key],
    ['verify', '--vault', `/nowhere/${key}`],
    ['restore', '--identity', key],
    ['hold', 'add', key, '--reason', 'case'],
    ['show', `--${key}`],
    [key],
  ])('by %s', async (...argv) => {
    const secret = key.slice(-40);
    for (const more of [[], ['--json']]) {
      for (const columns of [undefined, 60]) {
        const ran = await lifeboat([...argv, ...more], { environment, ...(columns ? { columns } : {}) });
        expect(ran.exitCode).not.toBe(0);
        expect(more.length > 0 ? ran.stdout : ran.stderr).toMatch(/error/);
        expect(`${ran.stdout}${ran.stderr}`).not.toContain(secret);
      }
    }
  });
});
