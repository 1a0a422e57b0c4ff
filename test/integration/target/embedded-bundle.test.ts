import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const pglite = join(root, 'node_modules/@electric-sql/pglite/dist');

let parent: string;
let asset: string;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
  asset = join(parent, 'asset');
  const main = join(parent, 'main.ts');
  writeFileSync(
    main,
    `import { openEmbeddedTarget } from ${JSON.stringify(join(root, 'lib/engine/target/embedded/open-embedded-target.ts'))};
     const [directory = '', ...extensions] = process.argv.slice(2);
     const target = await openEmbeddedTarget({ directory, extensions, bootDeadlineMs: 60_000 });
     for (const name of extensions) await target.execute('CREATE EXTENSION "' + name + '" WITH SCHEMA public');
     await target.canary();
     await target.close();`,
  );
  await build({
    entryPoints: {
      index: main,
      'embedded-worker': join(root, 'lib/engine/target/embedded/embedded-worker.ts'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: asset,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
    // PGlite asks for these by require, which an ES module does not have.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
  });
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

function runBundle(...extensions: string[]) {
  const directory = mkdtempSync(join(parent, 'target-'));
  return run(process.execPath, [join(asset, 'index.mjs'), directory, ...extensions]).then(
    () => ({ failed: undefined, left: readdirSync(directory) }),
    (error: { stderr: string }) => ({ failed: error.stderr, left: readdirSync(directory) }),
  );
}

it('a bundle without the files of PGlite fails in words, and does not hang', async () => {
  const { failed, left } = await runBundle();
  expect(failed).toContain('embedded-target-boot-failed');
  expect(failed).toMatch(/did not start: initdb failed: .*ENOENT.*pglite\./);
  expect(left).toEqual([]);
});

it('a bundle with its files works, and says so when those of an extension are missing', async () => {
  for (const file of ['pglite.wasm', 'pglite.data', 'initdb.wasm'])
    cpSync(join(pglite, file), join(asset, file));
  expect(await runBundle()).toEqual({ failed: undefined, left: [] });

  const withoutArchive = await runBundle('hstore');
  expect(withoutArchive.failed).toContain('hstore');
  expect(withoutArchive.left).toEqual([]);

  // PGlite looks for its contrib archives one folder above the bundle.
  mkdirSync(asset, { recursive: true });
  cpSync(join(pglite, 'hstore.tar.gz'), join(parent, 'hstore.tar.gz'));
  expect(await runBundle('hstore')).toEqual({ failed: undefined, left: [] });
});
