import { describe, expect, it } from 'vitest';
import {
  connectionSettings,
  settingsFromEnvironment,
} from '../../../../lib/engine/connection/connection-settings.ts';
import { checkAddress, hostProfileOf } from '../../../../lib/engine/connection/host-profile.ts';

describe('the URL of a source', () => {
  it('is taken apart, percent-encoding undone', () => {
    const settings = connectionSettings('postgresql://us%40er:p%2Fw%3Ad@[::1]:6000/da%20ta?sslmode=disable');
    expect(settings).toMatchObject({
      host: '::1',
      port: 6000,
      user: 'us@er',
      password: 'p/w:d',
      database: 'da ta',
      sslMode: 'disable',
      display: 'us@er@[::1]:6000/da ta',
    });
  });

  it('asks for TLS that verifies wherever the server is not this machine', () => {
    expect(connectionSettings('postgres://u@db.example.com/x')).toMatchObject({
      sslMode: 'verify-full',
      tls: { rejectUnauthorized: true, servername: 'db.example.com' },
    });
    expect(connectionSettings('postgres://u@127.0.0.1/x').sslMode).toBe('prefer');
    expect(connectionSettings('postgres://u@db.example.com/x?sslmode=require').tls).toMatchObject({
      rejectUnauthorized: false,
    });
  });

  it('takes what it leaves out from the environment, and the database from the user', () => {
    const environment = { PGPASSWORD: 'pw', PGPORT: '5433', PGHOST: 'localhost', PGUSER: 'ann' };
    expect(connectionSettings('postgres://bob@localhost', environment)).toMatchObject({
      user: 'bob',
      password: 'pw',
      port: 5433,
      database: 'bob',
    });
    expect(settingsFromEnvironment(environment)).toMatchObject({ user: 'ann', host: 'localhost' });
    expect(settingsFromEnvironment({})).toBeUndefined();
  });

  it.each([
    'mysql://u:s3cret@h/x',
    'postgres://u:s3cret@h:99999/x',
    'postgres://u:s3cret@h/x?sslmode=sometimes',
    'postgres://u:s3cret@a,b/x',
    'postgres://:s3cret@h/x',
    'postgres://u:12/s3cret@h/x',
    'postgres://u:12?s3cret@h/x',
    'postgres://u:12#s3cret@h/x',
    'postgres://u:p@s3cret/x@h/x',
    'postgres://u:p@s3/cret?s3cret@h/x',
    'postgres://u:s3cret@a:1,b:2/x',
    'postgres://u:s3cret@h/x?s3cret-x=1',
  ])('is refused, without being repeated, when it is wrong', (url) => {
    try {
      connectionSettings(url);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'source-url-invalid', kind: 'usage' });
      expect(String(error)).not.toContain('s3cret');
    }
  });
});

describe('what psql would go by', () => {
  const refusal = (url: string, environment = {}) => {
    try {
      connectionSettings(url, environment);
    } catch (error) {
      return String(error);
    }
    return expect.unreachable();
  };

  it('is honoured: channel binding, settings of the session, a database named as a parameter', () => {
    const url =
      'postgres://u:p@h/x?sslmode=require&channel_binding=require&options=-c%20role%3Dbackup&dbname=y';
    expect(connectionSettings(url)).toMatchObject({
      channelBinding: 'require',
      options: '-c role=backup',
      database: 'y',
    });
    expect(
      connectionSettings('postgres://u@h/x', { PGCHANNELBINDING: 'require', PGOPTIONS: '-c a.b=c' }),
    ).toMatchObject({ channelBinding: 'require', options: '-c a.b=c' });
    expect(connectionSettings('postgres://u@h/x?channel_binding=prefer')).not.toHaveProperty(
      'channelBinding',
    );
    expect(refusal('postgres://u@h/x?channel_binding=sometimes')).toContain('channel_binding');
  });

  it('or refused by name, for without it the connection could be another one, or less safe', () => {
    for (const parameter of ['service', 'requirepeer', 'require_auth', 'sslcrl', 'sslmod']) {
      expect(refusal(`postgres://u@h/x?${parameter}=something`)).toContain(`its parameter ${parameter} is`);
    }
    expect(refusal('postgres://u@h/x?target_session_attrs=read-write')).toContain('target_session_attrs');
    expect(refusal('postgres://u@a:1,b:2/x')).toContain('several hosts');
    for (const name of ['PGREQUIREAUTH', 'PGSSLCRL', 'PGGSSENCMODE']) {
      expect(refusal('postgres://u@h/x', { [name]: 'require' })).toContain(name);
    }
  });

  it('with a service wherever a part would come from it', () => {
    const environment = { PGSERVICE: 'production', PGUSER: 'ann', PGHOST: 'h' };
    expect(refusal('postgres://u@h', environment)).toContain('PGSERVICE');
    expect(() => settingsFromEnvironment(environment)).toThrow('PGSERVICE');
    expect(connectionSettings('postgres://u@h/x', environment)).toMatchObject({ host: 'h', database: 'x' });
  });

  it('with the address beside the name, by which certificate and hosting provider go', () => {
    const url = 'postgres://u@db.abc.rds.amazonaws.com:15432/x?hostaddr=127.0.0.1';
    const settings = connectionSettings(url);
    expect(settings).toMatchObject({
      host: 'db.abc.rds.amazonaws.com',
      hostAddress: '127.0.0.1',
      port: 15432,
      sslMode: 'verify-full',
      tls: { servername: 'db.abc.rds.amazonaws.com' },
      display: 'u@db.abc.rds.amazonaws.com:15432 (127.0.0.1)/x',
    });
    expect(checkAddress(settings)).toBe('rds');
    expect(connectionSettings('postgres://u@h/x', { PGHOSTADDR: '::1' })).toMatchObject({
      host: 'h',
      hostAddress: '::1',
    });
    expect(connectionSettings('postgres://u@/x?hostaddr=10.0.0.7')).toMatchObject({ host: '10.0.0.7' });
    expect(refusal('postgres://u@h/x?hostaddr=localhost')).toContain('hostaddr is not an IP address');
  });

  it('and passed over where it changes neither', () => {
    const url =
      'postgres://u@h/x?application_name=a&connect_timeout=5&pgbouncer=true&connection_limit=1&target_session_attrs=any';
    expect(connectionSettings(url)).toMatchObject({ host: 'h', database: 'x' });
  });
});

describe('the host', () => {
  it('can be named where its address does not tell', () => {
    const settings = connectionSettings('postgres://u:p@db.internal:6543/db');
    expect(checkAddress(settings)).toBe('plain');
    expect(() => checkAddress(settings, 'supabase')).toThrow('db.internal:5432');
  });

  it('is known by its name', () => {
    expect(hostProfileOf('db.abcdefgh.supabase.co')).toBe('supabase');
    expect(hostProfileOf('ep-cool-1.eu-central-1.aws.neon.tech')).toBe('neon');
    expect(hostProfileOf('x.cluster-abc.eu-west-1.rds.amazonaws.com')).toBe('rds');
    expect(hostProfileOf('db.example.com')).toBe('plain');
  });

  it.each([
    [
      'postgres://postgres.ref:p@aws-0-eu-west-1.pooler.supabase.com:6543/postgres',
      'aws-0-eu-west-1.pooler.supabase.com:5432',
    ],
    ['postgres://u:p@ep-x-1-pooler.eu-central-1.aws.neon.tech/db', 'ep-x-1.eu-central-1.aws.neon.tech:5432'],
    [
      'postgres://u:p@x.cluster-ro-abc.eu-west-1.rds.amazonaws.com/db',
      'x.cluster-abc.eu-west-1.rds.amazonaws.com:5432',
    ],
    [
      'postgres://u:p@x.cluster-custom-abc.eu-west-1.rds.amazonaws.com/db',
      '.cluster- in place of .cluster-custom-, on port 5432',
    ],
    [
      'postgres://u:p@x.proxy-abc.eu-west-1.rds.amazonaws.com/db',
      "the endpoint of the instance or the cluster's writer",
    ],
  ])('is refused at a pooled or balanced address, with the one to use', (url, right) => {
    expect(() => checkAddress(connectionSettings(url))).toThrow(right);
  });
});
