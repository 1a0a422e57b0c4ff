import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, type ServerMajor, startPostgres } from '../support/postgres-server.ts';
import type { Group } from './groups.ts';
import { databaseClauses, type LocaleFolder, makeLocaleFolder } from './locales.ts';
import { EXTENSION_FOLDERS } from './scenario.ts';

/** Servers of one major: every scenario is made on the first and restored on the others, on each in a way of its own. */
export interface Servers {
  readonly major: ServerMajor;
  readonly source: PostgresServer;
  readonly targets: readonly PostgresServer[];
  readonly locales: LocaleFolder;
  /** Makes a database of this name on each of `on`, as the group needs it, empty. */
  createDatabases(name: string, group: Group, on: readonly PostgresServer[]): Promise<void>;
  /** Makes the group's database on all, and fills that of the source. */
  make(group: Group): Promise<void>;
  stop(): Promise<void>;
}

export interface ServersOptions {
  readonly targets: number;
  /** Of servers that do not come from npm. */
  readonly binDirectory?: string | undefined;
}

export async function startServers(
  major: ServerMajor,
  { targets, binDirectory }: ServersOptions,
): Promise<Servers> {
  const locales = makeLocaleFolder();
  const extensions = copyExtensions();
  const options = {
    major,
    ...(binDirectory === undefined ? {} : { binDirectory }),
    settings: {
      wal_level: 'logical',
      max_locks_per_transaction: '256',
      ...(major >= 15 ? { allow_in_place_tablespaces: 'on' } : {}),
      ...(major >= 18 ? { extension_control_path: `'${extensions}:$system'` } : {}),
    },
    ...(locales.path === undefined ? {} : { environment: { LOCPATH: locales.path } }),
  };
  const started = await Promise.allSettled(Array.from({ length: 1 + targets }, () => startPostgres(options)));
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    for (const server of running) await server.stop();
    locales.remove();
    rmSync(extensions, { recursive: true, force: true });
  };
  const [source, ...others] = running;
  if (source === undefined || running.length < started.length) {
    await stop();
    throw started.find((one) => one.status === 'rejected')?.reason;
  }
  // They belong to all databases of a server.
  const rolesMade = new Set<string>();
  return {
    major,
    source,
    targets: others,
    locales,
    stop,
    createDatabases,
    async make(group) {
      await createDatabases(group.name, group, running);
      for (const scenario of group.members) {
        try {
          if (scenario.roles !== '' && !rolesMade.has(scenario.name)) await source.run(scenario.roles);
          rolesMade.add(scenario.name);
          for (const script of scenario.scripts) await source.run(script, group.name);
        } catch (error) {
          throw new Error(`test/scenarios/${scenario.name}: ${(error as Error).message}`);
        }
      }
    },
  };

  async function createDatabases(
    name: string,
    { members, locale }: Group,
    on: readonly PostgresServer[],
  ): Promise<void> {
    const own = members.map(({ needs }) => needs.database).find((one) => one !== undefined);
    const clauses = own === undefined ? databaseClauses(locale, locales) : `TEMPLATE template0 ${own}`;
    for (const server of on) await server.run(`CREATE DATABASE "${name}" ${clauses}`);
  }
}

/** Where the servers' own account can read them, which a checkout may be hidden from. */
function copyExtensions(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-extensions-'));
  for (const own of EXTENSION_FOLDERS) cpSync(own, join(folder, 'extension'), { recursive: true });
  chmodSync(folder, 0o755);
  return folder;
}
