import { describe, expect, test } from 'vitest';
import { poolSettings } from '../../../lib/pool/pool-settings.ts';

const URL = 'postgres://app:s3cret@db.example.com:5432/shop';
const read = (environment: Record<string, string>) =>
  poolSettings({ DATABASE_URL: URL, ...environment }).config;

describe('the settings of a pool', () => {
  test('have limits where nothing is set', () => {
    expect(read({})).toMatchObject({
      host: 'db.example.com',
      port: 5432,
      user: 'app',
      password: 's3cret',
      database: 'shop',
      max: 10,
      min: 0,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: 1800,
    });
  });

  test('take the limits of the environment, in milliseconds or with a unit', () => {
    expect(
      read({
        DB_POOL_MAX: '20',
        DB_POOL_MIN: '2',
        DB_CONNECTION_TIMEOUT: '30000',
        DB_IDLE_TIMEOUT: '10min',
        DB_MAX_LIFETIME: '1 h',
      }),
    ).toMatchObject({
      max: 20,
      min: 2,
      connectionTimeoutMillis: 30_000,
      idleTimeoutMillis: 600_000,
      maxLifetimeSeconds: 3600,
    });
  });

  test('take a variable that is empty as one that is not set', () => {
    expect(read({ DB_POOL_MAX: ' ', DB_IDLE_TIMEOUT: '' })).toMatchObject({
      max: 10,
      idleTimeoutMillis: 30_000,
    });
  });

  test.each([
    ['DB_POOL_MAX', '0'],
    ['DB_POOL_MAX', '-1'],
    ['DB_POOL_MAX', '10.5'],
    ['DB_POOL_MAX', 'many'],
    ['DB_POOL_MIN', '11'],
    ['DB_CONNECTION_TIMEOUT', '5 seconds'],
    ['DB_IDLE_TIMEOUT', '-1'],
    ['DB_MAX_LIFETIME', '1e6'],
  ])('name %s=%s, which cannot be used', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'pool-setting-invalid', what: expect.stringContaining(name) }),
    );
  });

  test('name what to set if no database is named', () => {
    expect(() => poolSettings({})).toThrow(expect.objectContaining({ code: 'pool-database-not-named' }));
  });

  test('come from PG… variables, too, and from the URL that was given before all', () => {
    expect(poolSettings({ PGHOST: 'other', PGDATABASE: 'x', PGUSER: 'y' }).config).toMatchObject({
      host: 'other',
    });
    expect(poolSettings({ DATABASE_URL: URL }, 'postgres://a@given/b').config).toMatchObject({
      host: 'given',
    });
  });

  test.each([
    ['disable', false, false],
    ['prefer', expect.anything(), true],
    ['require', expect.objectContaining({ rejectUnauthorized: false }), false],
    ['verify-full', expect.objectContaining({ rejectUnauthorized: true }), false],
  ])('encrypt as sslmode=%s says', (mode, ssl, prefersTls) => {
    const settings = poolSettings({ DATABASE_URL: `${URL}?sslmode=${mode}` });
    expect(settings.config.ssl).toEqual(ssl);
    expect(settings.prefersTls).toBe(prefersTls);
  });
});
