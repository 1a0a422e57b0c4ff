import { join } from 'node:path';
import { attemptPrefix, type BackupPlace } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { restore } from '../../lib/engine/restore.ts';
import { connectionSettings } from '../../lib/engine/source/connection-settings.ts';
import { verifyBackup } from '../../lib/engine/verify.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { psqlEnvironment, runRestoreScript } from '../support/restore-script.ts';
import { type TestVault, takeBackup } from '../support/vaults.ts';
import { compareDatabases, unequal } from './compare-databases.ts';
import { restoreNatively, schemaText } from './native-tools.ts';
import { readContents } from './read-contents.ts';
import type { Servers } from './servers.ts';

interface Taken {
  readonly vault: TestVault;
  readonly place: BackupPlace;
  readonly manifest: Manifest;
}

/** A way back, which tells what it says went wrong. */
type Way = (taken: Taken, target: PostgresServer, database: string) => Promise<string[]>;

/** The ways back: one for each target. */
export const WAYS: Readonly<Record<string, Way>> = { 'restore.sh': byScript, 'lifeboat restore': byRestore };

/** Backs the database up, restores it in every way, and tells every difference; none is what is wanted. */
export async function backUpAndRestore(
  { source, targets }: Servers,
  database: string,
  vault: TestVault,
): Promise<string[]> {
  const { place, manifest } = await takeBackup(source.url(database), vault);
  const verification = await verifyBackup(vault.store, place);
  const found = verification.items
    .filter(({ verdict }) => verdict !== 'match')
    .map((item) => `verify: ${item.name}: ${JSON.stringify(item)}`);
  for (const [at, [name, way]] of Object.entries(WAYS).entries()) {
    const target = targets[at];
    if (target === undefined) throw new TypeError(`${name} has no target`);
    const wrong = await way({ vault, place, manifest }, target, database);
    if (wrong.length === 0) wrong.push(...(await compareDatabases(source, target, database, manifest)));
    found.push(...wrong.map((line) => `${name}: ${line}`));
  }
  return found;
}

/** With psql and zstd alone. */
async function byScript({ vault, place, manifest }: Taken, target: PostgresServer, database: string) {
  const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
  const { status, stderr } = await runRestoreScript(folder, {
    arguments: ['--roles', '--database-settings'],
    environment: psqlEnvironment(target, database),
  });
  const said = stderr.split('\n').filter((line) => line.trim() !== '' && !OF_SUBSCRIPTIONS.test(line));
  return status === 0 ? said : [`exit status ${status}`, ...said];
}

/** What the server says of every subscription that is made without connecting. */
const OF_SUBSCRIPTIONS =
  /WARNING: {2}(tables were not subscribed|subscription was created)|HINT: {2}To initiate replication/;

/** By the engine, whose own comparison may find nothing either. */
async function byRestore({ vault, place }: Taken, target: PostgresServer, database: string) {
  const { items, kept } = await restore({
    store: vault.store,
    place,
    settings: connectionSettings(target.url(database)),
    unproven: true,
    roles: 'all',
  });
  return [
    ...items
      .filter(({ verdict }) => verdict !== 'match')
      .map(({ kind, name, verdict, reason }) => `${verdict}: ${kind} ${name}: ${reason}`),
    ...kept.map((name) => `kept what was there: ${name}`),
  ];
}

/** The same by pg_dump and pg_restore into `native`, on the first target: what each way brought back must be the same. */
export async function compareWithNative(
  { source, targets }: Servers,
  database: string,
  native: string,
): Promise<string[]> {
  const [first] = targets;
  if (first === undefined) throw new TypeError('nothing was restored');
  await restoreNatively(source, first, database, native);
  const schema = await schemaText(first, native);
  const contents = await contentsOf(first, native);
  const found: string[] = [];
  for (const [at, name] of Object.keys(WAYS).entries()) {
    const target = targets[at] ?? first;
    const wrong = [
      ...unequal('pg_dump -s', schema, await schemaText(target, database)),
      ...unequal('pg_restore', contents, await contentsOf(target, database)),
    ];
    found.push(...wrong.map((line) => `${name}: ${line}`));
  }
  return found;
}

async function contentsOf(server: PostgresServer, database: string): Promise<string[]> {
  const client = await server.connect(database);
  try {
    return await readContents(client);
  } finally {
    await client.end();
  }
}
