import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { type TestVault, takeBackup } from '../support/vaults.ts';
import { compareDatabases, unequal } from './compare-databases.ts';
import type { Group } from './groups.ts';
import { restoreNatively, schemaText } from './native-tools.ts';
import { readContents } from './read-contents.ts';
import type { Servers } from './servers.ts';
import { WAYS } from './ways-back.ts';

/** Backs the database up, restores it in every way, and tells every difference; none is what is wanted. */
export async function backUpAndRestore(
  { source, targets }: Servers,
  { name: database, members }: Group,
  vault: TestVault,
): Promise<string[]> {
  const needs = members.map((scenario) => scenario.needs);
  const mayDiffer = needs.flatMap((one) => (one.mayDiffer ?? []).map((pattern) => new RegExp(pattern)));
  const unexpected = (lines: readonly string[]) =>
    lines.filter((line) => !mayDiffer.some((pattern) => pattern.test(line)));
  const { place, manifest } = await takeBackup(source.url(database), vault);
  const verification = await verifyBackup(vault.store, place);
  const found = verification.items
    .filter(({ verdict }) => verdict !== 'match')
    .map((item) => `verify: ${item.name}: ${JSON.stringify(item)}`);
  // Nothing in the archive that this major cannot read.
  found.push(...verification.notes.map((note) => `verify: ${note}`));
  for (const [at, [name, way]] of Object.entries(WAYS).entries()) {
    const target = targets[at];
    if (target === undefined) throw new TypeError(`${name} has no target`);
    const wrong = unexpected(await way({ vault, place, manifest, needs }, target, database));
    if (wrong.length === 0)
      wrong.push(...unexpected(await compareDatabases(source, target, database, manifest)));
    found.push(...wrong.map((line) => `${name}: ${line}`));
  }
  return found;
}

/** The same by pg_dump and pg_restore into `native`, on the first target: what each way brought back must be the same. */
export async function compareWithNative(
  { source, targets }: Pick<Servers, 'source' | 'targets'>,
  database: string,
  native: string,
  bin: string,
): Promise<string[]> {
  const [first] = targets;
  if (first === undefined) throw new TypeError('nothing was restored');
  await restoreNatively(source, first, database, native, bin);
  const schema = await schemaText(first, native, bin);
  const contents = await contentsOf(first, native);
  const found: string[] = [];
  for (const [at, name] of Object.keys(WAYS).entries()) {
    const target = targets[at] ?? first;
    const wrong = [
      ...unequal('pg_dump -s', schema, await schemaText(target, database, bin)),
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
