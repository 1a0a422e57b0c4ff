import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { compareFingerprints } from '../../lib/engine/fingerprint/compare-fingerprints.ts';
import { readFingerprint } from '../../lib/engine/fingerprint/read-fingerprint.ts';
import { digestTable } from '../../lib/engine/rows/digest-table.ts';
import { openServerTarget } from '../../lib/engine/target/server/open-server-target.ts';
import { openSession } from '../integration/fingerprint/every-kind.ts';
import { differences } from '../integration/fingerprint/told.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { readContents } from './read-contents.ts';

/** Every difference between a database and its restored copy of the same name on another server of the same major. */
export async function compareDatabases(
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

/** Lines that only one side has, marked `-` for the first and `+` for the second; order counts as well. */
export function unequal(what: string, expected: readonly string[], actual: readonly string[]): string[] {
  const [left, right] = [new Set(expected), new Set(actual)];
  const told = [
    ...expected.filter((line) => !right.has(line)).map((line) => `${what}: - ${line}`),
    ...actual.filter((line) => !left.has(line)).map((line) => `${what}: + ${line}`),
  ];
  const sameOrder = expected.length === actual.length && expected.every((line, at) => line === actual[at]);
  return told.length === 0 && !sameOrder ? [`${what}: the same lines in another order or number`] : told;
}
