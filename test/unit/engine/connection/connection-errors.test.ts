import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connect } from '../../../../lib/engine/connection/connect.ts';
import { diagnoseConnection } from '../../../../lib/engine/connection/connection-errors.ts';
import { connectionSettings } from '../../../../lib/engine/connection/connection-settings.ts';

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
  expect(unreachable('db.example.com').remedy).toContain('run Lifeboat on a machine with IPv6');
});

it('a web server at that port is told from a database', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = connectionSettings(`postgres://u:secret@127.0.0.1:${port}/shop`);
  await expect(connect(settings, { attempts: 1 })).rejects.toMatchObject({ code: 'source-not-postgresql' });
  server.close();
});
