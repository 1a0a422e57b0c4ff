import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { startPostgres } from '../support/postgres-server.ts';
import { lifeboat } from './backup-contest.ts';
import { compare, inTurns } from './in-turns.ts';
import { makeManySmallTables } from './many-small-tables.ts';
import { measureNode } from './measured-process.ts';
import type { BenchWorld } from './world.ts';

/**
 * A backup of 375 small tables into S3, each of whose answers takes so many milliseconds longer, beside the same into S3 on this machine: what
 * a distant vault costs.
 */
export async function benchFarVault({ s3 }: BenchWorld, delayMs: number, rounds: number) {
  const endpoint = new URL(s3.environment.AWS_ENDPOINT_URL ?? '');
  const line = createServer((client) => {
    const server = connect(Number(endpoint.port), endpoint.hostname);
    client.on('data', (bytes) => setTimeout(() => server.write(bytes), delayMs));
    server.pipe(client);
    for (const socket of [client, server]) socket.on('error', () => {});
    client.once('close', () => server.destroy());
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  const far = `http://127.0.0.1:${(line.address() as AddressInfo).port}`;
  const server = await startPostgres({ major: 15, settings: { max_locks_per_transaction: '1024' } });
  try {
    await makeManySmallTables(server);
    await server.run('VACUUM ANALYZE');
    let made = 0;
    const into = (endpointUrl: string) => async () => {
      made += 1;
      const vault = `s3://${s3.bucket}/far-${delayMs}-${made}`;
      const environment = {
        ...s3.environment,
        AWS_ENDPOINT_URL: endpointUrl,
        LIFEBOAT_SOURCE_URL: server.url(),
      };
      return (await measureNode([lifeboat, 'backup', '--json', '--vault', vault], environment)).seconds;
    };
    const seconds = await inTurns(rounds, { far: into(far), near: into(endpoint.href) });
    return { tables: 'small', delayMs, seconds, farOverNear: compare(seconds, 'far', 'near') };
  } finally {
    await server.stop();
    line.close();
  }
}
