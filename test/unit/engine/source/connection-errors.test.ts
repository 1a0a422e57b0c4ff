import { expect, it } from 'vitest';
import { diagnoseConnection } from '../../../../lib/engine/source/connection-errors.ts';
import { connectionSettings } from '../../../../lib/engine/source/connection-settings.ts';

const unreachable = (host: string) => {
  const error = Object.assign(new Error('connect ENETUNREACH'), { code: 'ENETUNREACH' });
  return diagnoseConnection(error, connectionSettings(`postgres://postgres:secret@${host}:5432/postgres`))
    .failure;
};

it('a host that has only IPv6 is told with the pooler to use, as far as it can be known', () => {
  const failure = unreachable('db.abcdefghijklmnop.supabase.co');
  expect(failure.code).toBe('source-network-unreachable');
  expect(failure.remedy).toContain('.pooler.supabase.com:5432 with the user postgres.abcdefghijklmnop.');
  expect(failure.message).not.toContain('secret');
  expect(unreachable('db.example.com').remedy).toContain('run where IPv6 works');
});
