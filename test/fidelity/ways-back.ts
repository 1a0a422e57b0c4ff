import { join } from 'node:path';
import { attemptPrefix, type BackupPlace } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { psqlEnvironment, runRestoreScript } from '../support/restore-script.ts';
import type { TestVault } from '../support/vaults.ts';
import type { Scenario } from './scenario.ts';

/** A backup, where it lies. */
export interface Taken {
  readonly vault: TestVault;
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  /** Of the scenarios in it. */
  readonly needs: ReadonlyArray<Pick<Scenario['needs'], 'scriptOptions'>>;
}

/** A way back, which tells what it says went wrong. */
type Way = (taken: Taken, target: PostgresServer, database: string) => Promise<string[]>;

/** The ways back: one for each target. */
export const WAYS: Readonly<Record<string, Way>> = { 'restore.sh': byScript, 'lifeboat restore': byRestore };

/** With psql and zstd alone. */
async function byScript(
  { vault, place, manifest, needs }: Taken,
  target: PostgresServer,
  database: string,
): Promise<string[]> {
  const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
  const { status, stderr } = await runRestoreScript(folder, {
    arguments: [
      ...['--roles', '--database-settings'],
      ...new Set(needs.flatMap(({ scriptOptions = [] }) => scriptOptions)),
    ],
    environment: psqlEnvironment(target, database),
  });
  const said = stderr.split('\n').filter((line) => line.trim() !== '' && !OF_SUBSCRIPTIONS.test(line));
  return status === 0 ? said : [`exit status ${status}`, ...said];
}

/** What the server says of every subscription that is made without connecting, and of one that retains dead tuples. */
const OF_SUBSCRIPTIONS =
  /WARNING: {2}(tables were not subscribed|subscription was created|commit timestamp and origin|deleted rows to detect)|HINT: {2}(To initiate replication|Consider setting)/;

/** By the engine, whose own comparison may find nothing either. */
export async function byRestore(
  { vault, place }: Pick<Taken, 'vault' | 'place'>,
  target: PostgresServer,
  database: string,
): Promise<string[]> {
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
