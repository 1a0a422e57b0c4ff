import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianBinaries, type PostgresServer, type ServerMajor } from '../support/postgres-server.ts';

const run = promisify(execFile);

/**
 * The directory of PostgreSQL's own tools of the very major that is compared: any other writes the same schema in other words.
 * Those of npm have none; `binDirectory` is that of servers which come from elsewhere.
 */
export function nativeToolsFor(major: ServerMajor, binDirectory?: string): string | undefined {
  return binDirectory ?? (major === 15 ? debianBinaries() : undefined);
}

/** What pg_dump and pg_restore make of the same database. */
export async function restoreNatively(
  source: PostgresServer,
  target: PostgresServer,
  from: string,
  into: string,
  bin: string,
): Promise<void> {
  const file = join(tmpdir(), `lifeboat-native-${process.pid}-${into}.dump`);
  try {
    await tool(bin, 'pg_dump', ['-Fc', '-Z0', '-f', file, '-d', source.url(from)]);
    await tool(bin, 'pg_restore', ['--exit-on-error', '-d', target.url(into), file]);
  } finally {
    rmSync(file, { force: true });
  }
}

/** A database's schema as pg_dump tells it, without what is another in each run and each restore. */
export async function schemaText(server: PostgresServer, database: string, bin: string): Promise<string[]> {
  const text = await tool(bin, 'pg_dump', ['-s', '-d', server.url(database)]);
  return (
    text
      .split('\n')
      .filter((line) => !/^\\(un)?restrict [A-Za-z0-9]{20,}$/.test(line))
      // What may be a secret is restored as a placeholder that names what it stands for.
      .map((line) => line.replace(/^( {4}(?:api_key|note|password)) '.*'(,?)$/, '$1 …$2'))
  );
}

async function tool(bin: string, name: string, parameters: readonly string[]): Promise<string> {
  const { stdout } = await run(join(bin, name), [...parameters], { maxBuffer: 1 << 28 });
  return stdout;
}
