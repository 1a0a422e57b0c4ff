import { join } from 'node:path';
import { attemptPrefix, type BackupPlace } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { compareFingerprints } from '../../lib/engine/fingerprint/compare-fingerprints.ts';
import { readFingerprint } from '../../lib/engine/fingerprint/read-fingerprint.ts';
import { connectionSettings } from '../../lib/engine/source/connection-settings.ts';
import { digestTable } from '../../lib/engine/target/digest-table.ts';
import { openServerTarget } from '../../lib/engine/target/server.ts';
import { verifyBackup } from '../../lib/engine/verify.ts';
import { openSession } from '../integration/fingerprint/every-kind.ts';
import { differences } from '../integration/fingerprint/told.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { psqlEnvironment, runRestoreScript } from '../support/restore-script.ts';
import { type TestVault, takeBackup } from '../support/vaults.ts';
import { nativeToolsFor, restoreNatively, schemaText } from './native-tools.ts';
import { readContents } from './read-contents.ts';
import type { ServerPair } from './server-pair.ts';

/** Backs the database up, restores it by the backup's own script, and tells every difference; none is what is wanted. */
export async function backUpAndRestore(
  pair: ServerPair,
  database: string,
  vault: TestVault,
): Promise<string[]> {
  const { source, target } = pair;
  const { place, manifest } = await takeBackup(source.url(database), vault);
  const verification = await verifyBackup(vault.store, place);
  const found = verification.items.filter(({ verdict }) => verdict !== 'match');
  const restored = await runRestoreScript(attemptFolder(vault, place, manifest), {
    arguments: ['--roles', '--database-settings'],
    environment: psqlEnvironment(target, database),
  });
  return [
    ...found.map((item) => `verify: ${item.name}: ${JSON.stringify(item)}`),
    ...(restored.status === 0 ? [] : [`restore.sh: exit status ${restored.status}`]),
    ...lines('restore.sh', restored.stderr),
    ...(restored.status === 0 ? await compareDatabases(source, target, database, manifest) : []),
  ];
}

function attemptFolder(vault: TestVault, place: BackupPlace, { attempt }: Manifest): string {
  return join(vault.directory, attemptPrefix(place, attempt));
}

async function compareDatabases(
  source: PostgresServer,
  target: PostgresServer,
  database: string,
  manifest: Manifest,
): Promise<string[]> {
  const [before, after] = [await openSession(source, database), await openSession(target, database)];
  try {
    const fingerprint = await readFingerprint(before.query);
    const restored = await readFingerprint(after.query, { like: fingerprint });
    return [
      ...differences(compareFingerprints(fingerprint, restored)).map((line) => `catalog: ${line}`),
      ...unequal('content', await readContents(before.client), await readContents(after.client)),
      ...(await digestsThatDiffer(target, database, manifest)),
    ];
  } finally {
    await before.client.end();
    await after.client.end();
  }
}

async function digestsThatDiffer(
  server: PostgresServer,
  database: string,
  manifest: Manifest,
): Promise<string[]> {
  await using target = await openServerTarget(connectionSettings(server.url(database)), {
    encoding: manifest.server.encoding,
  });
  const [expected, actual] = [new Map<string, Sum>(), new Map<string, Sum>()];
  for (const table of manifest.tables) {
    // Partitions may be loaded through their root, which is free to put a row elsewhere.
    const { schema, name } = table.partitionRoot ?? table;
    add(expected, `${schema}.${name}`, table);
    add(actual, `${schema}.${name}`, await digestTable(target, table));
  }
  const told = (sums: Map<string, Sum>) =>
    [...sums].map(([name, { rows, digest }]) => `${name}: ${rows} rows ${digest}`);
  return unequal('digest', told(expected), told(actual));
}

interface Sum {
  readonly rows: number;
  readonly digest: bigint;
}

/** Digests of parts add up to the digest of the whole. */
function add(sums: Map<string, Sum>, name: string, part: { rows: number; digest: string }): void {
  const { rows, digest } = sums.get(name) ?? { rows: 0, digest: 0n };
  sums.set(name, { rows: rows + part.rows, digest: BigInt.asUintN(64, digest + BigInt(`0x${part.digest}`)) });
}

/** The same by pg_dump and pg_restore into `native`: what they bring back must be what the script brought back. */
export async function compareWithNative(
  { source, target }: ServerPair,
  database: string,
  native: string,
): Promise<string[]> {
  if (!nativeToolsFor(source.major)) return [];
  await restoreNatively(source, target, database, native);
  const [ours, theirs] = [await target.connect(database), await target.connect(native)];
  try {
    return [
      ...unequal('pg_dump -s', await schemaText(target, native), await schemaText(target, database)),
      ...unequal('pg_restore', await readContents(theirs), await readContents(ours)),
    ];
  } finally {
    await ours.end();
    await theirs.end();
  }
}

/** Lines that only one side has, marked `-` for the first and `+` for the second; order counts as well. */
function unequal(what: string, expected: readonly string[], actual: readonly string[]): string[] {
  const [left, right] = [new Set(expected), new Set(actual)];
  const told = [
    ...expected.filter((line) => !right.has(line)).map((line) => `${what}: - ${line}`),
    ...actual.filter((line) => !left.has(line)).map((line) => `${what}: + ${line}`),
  ];
  const sameOrder = expected.length === actual.length && expected.every((line, at) => line === actual[at]);
  return told.length === 0 && !sameOrder ? [`${what}: the same lines in another order or number`] : told;
}

/** What the server says of every subscription that is made without connecting. */
const OF_SUBSCRIPTIONS =
  /WARNING: {2}(tables were not subscribed|subscription was created)|HINT: {2}To initiate replication/;

function lines(what: string, text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !OF_SUBSCRIPTIONS.test(line))
    .map((line) => `${what}: ${line}`);
}
