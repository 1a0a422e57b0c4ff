import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { fillLikeAShop } from './shop-like-data.ts';

/** Measures with a server that holds a product's database of so many megabytes, and an empty directory; both gone after. */
export async function withShopServer<Figure>(
  megabytes: number,
  measure: (server: PostgresServer, directory: string) => Promise<Figure>,
): Promise<Figure> {
  const server = await startPostgres({ major: 15, settings: { shared_buffers: "'512MB'" } });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  try {
    await fillLikeAShop(server, megabytes);
    return await measure(server, directory);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
