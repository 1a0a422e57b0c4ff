import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction } from '../../lib/infra/functions/function-bundle.ts';
import type { FunctionName } from '../../lib/infra/functions/function-names.ts';
import { assembleFunction } from '../support/lambda/assemble-once.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
/** Away from node_modules, where nothing can be found by accident. */
const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bundle-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a bundle', () => {
  const asset = join(directory, 'everything');
  let modules: string[] = [];
  beforeAll(() => {
    const metafile = bundleFunction(
      {
        entry: join(import.meta.dirname, 'fixtures', 'everything.ts'),
        workers: [join(import.meta.dirname, 'fixtures', 'echo-worker.ts')],
        root: ROOT,
      },
      asset,
    );
    modules = Object.keys(metafile.inputs);
  });

  it('has its files where PGlite and pg_dump look for them', () => {
    for (const file of [
      'index.mjs',
      'pglite.wasm',
      'pglite.data',
      'initdb.wasm',
      'pg_dump.wasm',
      'vector.tar.gz',
    ]) {
      expect(existsSync(join(asset, 'app', file)), file).toBe(true);
    }
    // Contrib modules look one level up, and only those that are imported are there.
    expect(globSync('*.tar.gz', { cwd: asset })).toEqual(['citext.tar.gz']);
  });

  it('runs by itself: real PostgreSQL, extensions, pg_dump, pg and the SDK', async () => {
    const script = `import { handler } from ${JSON.stringify(pathToFileURL(join(asset, 'app', 'index.mjs')).href)};
      console.log(JSON.stringify(await handler())); process.exit(0);`;
    // With a file missing PGlite hangs; then the time limit speaks.
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: directory,
      timeout: 60_000,
      env: { NODE_OPTIONS: '--enable-source-maps' },
    });
    expect(JSON.parse(stdout)).toEqual({ table: true, client: 'function', region: 'eu-central-1' });
  });

  it('has each worker as a file of its own, beside the module that starts it', async () => {
    const worker = new Worker(join(asset, 'app', 'echo-worker.mjs'));
    const [said] = await once(worker, 'message');
    expect(said).toBe('here');
  });

  it('has source maps, without the sources', () => {
    const map = JSON.parse(readFileSync(join(asset, 'app', 'index.mjs.map'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(map.sourcesContent).toBeUndefined();
    expect(readFileSync(join(asset, 'app', 'index.mjs'), 'utf8')).toContain(
      '//# sourceMappingURL=index.mjs.map',
    );
  });

  it('carries the SDK, and no CDK', () => {
    expect(modules.some((module) => module.includes('@aws-sdk/client-s3'))).toBe(true);
    expect(modules.filter((module) => /node_modules\/(aws-cdk-lib|constructs)\//.test(module))).toEqual([]);
    // Lambda takes 250 MB unzipped.
    const bytes = globSync('**/*', { cwd: asset }).reduce(
      (sum, file) => sum + statSync(join(asset, file)).size,
      0,
    );
    expect(bytes).toBeLessThan(40e6);
  });
});

describe('bundling', () => {
  it('says so when a file that a module loads is not beside it', () => {
    const entry = join(directory, 'broken.ts');
    writeFileSync(entry, "export const handler = () => new URL('./gone.wasm', import.meta.url);\n");
    expect(() => bundleFunction({ entry, workers: [], root: directory }, join(directory, 'broken'))).toThrow(
      'loads ./gone.wasm, which is not beside it',
    );
  });

  it('says what to install where esbuild is missing', async () => {
    const elsewhere = join(directory, 'lib/infra/functions/function-bundle.ts');
    mkdirSync(dirname(elsewhere), { recursive: true });
    for (const module of ['function-bundle.ts', 'function-names.ts']) {
      copyFileSync(join(ROOT, 'lib/infra/functions', module), join(dirname(elsewhere), module));
    }
    cpSync(join(ROOT, 'lib/bundle'), join(directory, 'lib/bundle'), { recursive: true });
    const script = `import { bundleFunction } from ${JSON.stringify(pathToFileURL(elsewhere).href)};
      try { bundleFunction({ entry: '/x.ts', workers: [], root: '/' }, '/nowhere'); } catch (error) { console.log(error.message); }`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: directory,
    });
    expect(stdout).toContain('esbuild is not installed');
    expect(stdout).toContain('npm install --save-dev esbuild');
  });
});

const handlers = globSync('lambda/*.ts', { cwd: ROOT }).filter((file) =>
  /export (async )?(function|const) handler\b/.test(readFileSync(join(ROOT, file), 'utf8')),
);

describe.skipIf(handlers.length === 0)('every function', () => {
  it.each(handlers)('%s is bundled without CDK', (file) => {
    const name = basename(file, '.ts');
    const { inputs } = assembleFunction(name as FunctionName, join(directory, name));
    expect(
      Object.keys(inputs).filter((module) =>
        /node_modules\/(?:aws-cdk-lib|constructs)\/|lib\/infra\//.test(module),
      ),
    ).toEqual([]);
  });
});
