import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { interruptOn } from '../lib/cli/program/interruption.ts';
import type { ObjectStore } from '../lib/engine/storage/object-store.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { npmBinaries, type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';

/** Holds everything that the demo makes. Nothing of it is left when the story is over, however it ended. */
export interface World {
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** For whatever needs a place on a disk. */
  readonly directory: string;
  readonly vault: ObjectStore;
  startServer(): Promise<PostgresServer>;
  /** Ends and removes everything. */
  leave(): Promise<void>;
}

export function enterWorld(process: NodeJS.Process): World {
  const directory = mkdtempSync(join(openDirectory(), 'lifeboat-demo-'));
  // A server that is being killed may still write, so the removal is retried.
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  // If we are root, PostgreSQL runs as another user, who must reach the server's directory below this one.
  chmodSync(directory, 0o755);
  // The server's directory and every other temporary directory lie in this one.
  process.env.TMPDIR = directory;
  // Removes the directory if the process ends before leave(). The server's own exit handler runs first.
  process.once('exit', remove);
  const vaultDirectory = join(directory, 'vault');
  mkdirSync(vaultDirectory);
  const vault = openStore(`file://${vaultDirectory}`);
  let server: PostgresServer | undefined;
  return {
    signal: interruptOn(process),
    directory,
    vault,
    async startServer() {
      server = await startPostgres({ major: 18 });
      return server;
    },
    async leave() {
      await server?.stop();
      await vault.close();
      remove();
    },
  };
}

/**
 * The temporary directory; `/tmp` if we are root and only root can enter it. PostgreSQL refuses to run as
 * root, and the account that it runs as must reach its files.
 */
function openDirectory(): string {
  const usual = tmpdir();
  if (userInfo().uid !== 0) return usual;
  for (let folder = usual; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return '/tmp';
  }
  return usual;
}

/** Whether npm has a PostgreSQL 18 for this machine. */
export function canRunHere(): boolean {
  return npmBinaries(18) !== undefined;
}
