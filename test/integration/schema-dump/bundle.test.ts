import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(repository, 'lib/engine/schema-dump');
const run = promisify(execFile);

const PROGRAM = `
  import pg from 'pg';
  import { dumpSchema } from '${folder}/dump-schema.ts';
  const client = new pg.Client({ connectionString: process.argv[2] });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { preData } = await dumpSchema({ client, signal: new AbortController().signal, deadlineMs: 30_000 });
    console.log(preData.toString());
  } catch (error) {
    console.log(error.message);
  } finally {
    await client.end();
  }
`;

let server: PostgresServer;
let bundle: string;

beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  bundle = mkdtempSync(join(tmpdir(), 'lifeboat-bundle-'));
  const common = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: bundle,
    outExtension: { '.js': '.mjs' },
  } as const;
  await build({
    ...common,
    stdin: { contents: PROGRAM, resolveDir: repository, loader: 'ts', sourcefile: 'index.ts' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    external: ['pg-native'],
    logLevel: 'error',
  });
  await build({ ...common, entryPoints: [join(folder, 'pg-dump-worker.ts')], logLevel: 'error' });
});
afterAll(async () => {
  rmSync(bundle, { recursive: true, force: true });
  await server.stop();
});

const dumpByBundle = async () => {
  const { stdout } = await run(process.execPath, [join(bundle, 'stdin.mjs'), server.url()], {
    timeout: 60_000,
  });
  return stdout;
};

test('a bundle says so, and does not hang, when pg_dump.wasm was left out of it', async () => {
  expect(await dumpByBundle()).toMatch(/pg_dump could not dump the schema: .*no such file.*pg_dump\.wasm/);
});

test('a bundle with its worker and pg_dump.wasm beside it dumps', async () => {
  await server.run('CREATE TABLE public.bundled ()');
  const library = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite-tools/pg_dump'));
  copyFileSync(join(library, 'pg_dump.wasm'), join(bundle, 'pg_dump.wasm'));
  expect(await dumpByBundle()).toContain('CREATE TABLE public.bundled (');
});
