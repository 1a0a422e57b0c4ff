import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

/**
 * A NAT gateway forgets a connection on which nothing was sent for 350 seconds (AWS re:Post Knowledge Center, "How can I
 * prevent my Lambda function connected to an Amazon VPC from timing out?"). A session that waits for a lock, or for a
 * long query on the catalog, is silent for longer.
 */
const FORGOTTEN_AFTER_SECONDS = 350;
/** Of the times in /proc/net/tcp: USER_HZ, which is 100 on every architecture that Linux has today. */
const TICKS_A_SECOND = 100;
/** The column `tr` of /proc/net/tcp for a socket whose keepalive timer runs (proc(5)). */
const KEEPALIVE_TIMER = '02';

describe.skipIf(process.platform !== 'linux')('a session that waits in silence', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
  });
  afterAll(() => server.stop());

  it('is kept alive long before a NAT gateway forgets it', async () => {
    const session = await connect(connectionSettings(server.url()));
    const { stream } = (session.client as unknown as { connection: { stream: Socket } }).connection;
    const { port } = stream.address() as AddressInfo;
    const seconds = secondsUntilProbe(port);
    await session.end();
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(FORGOTTEN_AFTER_SECONDS / 5);
  });
});

/** When the kernel will send the next probe on the socket with this local port. Undefined if it will send none. */
function secondsUntilProbe(port: number): number | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  for (const line of lines) {
    const [, address = '', , , , timer = ''] = line.trim().split(/\s+/);
    const [kind, when = ''] = timer.split(':');
    if (address.endsWith(local) && kind === KEEPALIVE_TIMER)
      return Number.parseInt(when, 16) / TICKS_A_SECOND;
  }
  return undefined;
}
