import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsFromSecret } from '../../../../lambda/shared/secret-text.ts';

const PASSWORD = 'pa:ss@w/ö#rd%20?&';
const RDS = { host: 'db.example.com', port: 5433, dbname: 'shop', username: 'life boat', password: PASSWORD };
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('a secret', () => {
  it('is a URL, with whatever spaces the console left around it', () => {
    const settings = settingsFromSecret(' postgres://u:p@db.example.com/shop\n');
    expect(settings).toMatchObject({ host: 'db.example.com', port: 5432, user: 'u', password: 'p' });
  });

  it('is the JSON that RDS keeps', () => {
    const settings = settingsFromSecret(
      JSON.stringify({ ...RDS, engine: 'postgres', dbInstanceIdentifier: 'shop' }),
    );
    const { host, port, user, password, database, sslMode } = settings;
    expect({ host, port, user, password, database, sslMode }).toEqual({
      host: 'db.example.com',
      port: 5433,
      user: 'life boat',
      password: PASSWORD,
      database: 'shop',
      sslMode: 'verify-full',
    });
  });

  it('keeps any password as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        fc.pre(password.isWellFormed());
        expect(settingsFromSecret(JSON.stringify({ ...RDS, password })).password).toBe(password);
      }),
    );
  });

  it('may hold the port as text, and an IPv6 address', () => {
    const { host, port } = settingsFromSecret(JSON.stringify({ ...RDS, host: '2001:db8::1', port: '6000' }));
    expect([host.replace(/[[\]]/g, ''), port]).toEqual(['2001:db8::1', 6000]);
  });

  it('may bring the certificate of an authority of one’s own, for a function has no files', () => {
    const { tls, sslMode } = settingsFromSecret(JSON.stringify({ ...RDS, sslrootcert: PEM }));
    expect([tls.ca, tls.rejectUnauthorized, sslMode]).toEqual([PEM, true, 'verify-full']);
    const url = settingsFromSecret(
      JSON.stringify({ url: 'postgres://u:p@db.example.com/shop', sslrootcert: PEM }),
    );
    expect([url.tls.ca, url.host]).toEqual([PEM, 'db.example.com']);
    expect(settingsFromSecret(JSON.stringify({ ...RDS, sslmode: 'require' })).sslMode).toBe('require');
  });

  it.each([
    ['cut JSON', JSON.stringify(RDS).slice(0, -2)],
    [
      'a name and a password alone, as RDS manages them',
      JSON.stringify({ username: 'u', password: PASSWORD }),
    ],
    ['a password that is no text', JSON.stringify({ ...RDS, password: { nested: PASSWORD } })],
    ['a URL with a mistake', `postgres://u:${encodeURIComponent(PASSWORD)}@db:x/y`],
    ['a host name alone', `db.example.com ${PASSWORD}`],
    ['another mode of TLS', JSON.stringify({ ...RDS, sslmode: PASSWORD })],
    ['a path for a certificate', JSON.stringify({ ...RDS, sslrootcert: `/etc/${PASSWORD}` })],
  ])('with %s is refused in words that repeat nothing of it', (_, text) => {
    let message = '';
    try {
      settingsFromSecret(text);
    } catch (error) {
      message = `${(error as Error).message} ${(error as Error).cause ?? ''}`;
    }
    expect(message).toMatch(/cannot be used/);
    expect(message).not.toContain(PASSWORD);
    expect(message).not.toMatch(/ss(@|%40)w/);
  });
});
