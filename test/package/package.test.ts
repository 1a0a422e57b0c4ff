import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleFunction } from '../../lib/infra/functions/assemble-function.ts';
import { FUNCTION_WORKERS, type FunctionName } from '../../lib/infra/functions/function-names.ts';
import { followPage, linesNotPrinted } from '../support/docs/follow-page.ts';
import { readPage } from '../support/docs/markdown.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment } from '../support/restore-script.ts';
import {
  hashOfDirectory,
  install,
  installAlone,
  oldNode,
  type Packed,
  pack,
  sizeBytes,
  withNode,
} from './packed.ts';

let packed: Packed;
/** An empty directory with nothing but the package. */
let alone: string;
/** A directory with the apps of other people, and the CDK that they have. */
let apps: string;
let server: PostgresServer;

const node24 = process.execPath;
const node22 = () => join(apps, 'node_modules/node22/bin/node');

beforeAll(async () => {
  packed = pack();
  alone = installAlone(packed.tarball);
  apps = mkdtempSync(join(tmpdir(), 'lifeboat-apps-'));
  cpSync(join(import.meta.dirname, 'apps'), apps, { recursive: true });
  install(apps, [packed.tarball]);
  server = await startPostgres({ major: 15 });
  await server.run(
    "CREATE TABLE ship (id int PRIMARY KEY, name text); INSERT INTO ship VALUES (1, 'Titanic'), (2, 'Carpathia')",
  );
}, 900_000);
afterAll(async () => {
  await server?.stop();
  packed?.remove();
  for (const directory of [alone, apps]) if (directory) rmSync(directory, { recursive: true, force: true });
});

describe('the package', () => {
  it('holds JavaScript with declarations and maps, and nothing of the sources, the tests or the docs', () => {
    expect(packed.files.filter((path) => /\.ts$/.test(path)).sort()).toEqual([
      'dist/construct/index.d.ts',
      'dist/engine/index.d.ts',
      'dist/pool/index.d.ts',
    ]);
    const folders = new Set(
      packed.files.map((path) => (path.includes('/') ? path.replace(/\/.*/, '/') : path)),
    );
    expect([...folders].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/', 'dist/', 'package.json'].sort(),
    );
    // The programs that task definitions carry are as they were written.
    const scripts = packed.files.filter(
      (path) => /^dist\/.*\.m?js$/.test(path) && !/\/(fetch-bundle|prepare-drill)\.mjs$/.test(path),
    );
    expect(scripts.filter((path) => !packed.files.includes(`${path}.map`))).toEqual([]);
  });

  it('brings nothing else along: no CDK, no SDK, no servers, no scripts that run at the installation', () => {
    expect(readdirSync(join(alone, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'pg-lifeboat',
    ]);
    // By both names, so that npx finds it wherever the package comes from.
    expect(readdirSync(join(alone, 'node_modules/.bin')).sort()).toEqual(['lifeboat', 'pg-lifeboat']);
    const { dependencies, optionalDependencies, scripts } = manifestOf(alone);
    expect({ dependencies, optionalDependencies }).toEqual({});
    expect(Object.keys(scripts ?? {}).filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual(
      [],
    );
  });

  it('refuses an older Node.js with one sentence, as a library too', () => {
    const code = join(alone, 'node_modules/pg-lifeboat/dist/engine/app');
    // What Node.js 20 does not have must not be imported by name: then nothing of the library could run there.
    const byName = readdirSync(code)
      .filter((name) => name.endsWith('.mjs'))
      .filter((name) =>
        /import\{[^}]*zstd[^}]*\}from"node:zlib"/i.test(readFileSync(join(code, name), 'utf8')),
      );
    expect(byName).toEqual([]);
    const old = 'data:text/javascript,import zlib from "node:zlib";delete zlib.createZstdCompress';
    const argv = ['--import', old, '--input-type=module', '--eval', "import 'pg-lifeboat/engine'"];
    const { status, stderr } = spawnSync(node24, argv, { cwd: alone, encoding: 'utf8' });
    expect(stderr).toMatch(/^Error: pg-lifeboat\/engine needs Node\.js 22\.18 or later, but this is v24/m);
    expect(status).toBe(1);
  });

  it('is small', () => {
    expect(statSync(packed.tarball).size).toBeLessThan(28e6);
    expect(sizeBytes(join(alone, 'node_modules'))).toBeLessThan(94e6);
  });

  it('has the notices of everything that is in its bundles', () => {
    const notices = readFileSync(
      join(alone, 'node_modules/pg-lifeboat/dist/THIRD-PARTY-NOTICES.txt'),
      'utf8',
    );
    const { devDependencies = {} } = manifestOf(alone);
    for (const name of [
      '@aws-sdk/client-s3',
      '@electric-sql/pglite',
      'age-encryption',
      'commander',
      'pg',
      'valibot',
    ]) {
      expect(notices.includes(`\n${name} ${devDependencies[name]}\n`), name).toBe(true);
    }
    expect(notices.includes('PostgreSQL Global Development Group')).toBe(true);
    // An app brings its own.
    expect(notices.includes('\naws-cdk-lib ')).toBe(false);
  });
});

describe.each([
  ['22', node22],
  ['24', () => node24],
])('on Node %s', (major, node) => {
  const place = mkdtempSync(join(tmpdir(), 'lifeboat-vault-'));
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it('`npx pg-lifeboat` backs up, drills and restores', () => {
    const environment = withNode(node(), {
      LIFEBOAT_SOURCE_URL: server.url(),
      LIFEBOAT_TARGET_URL: server.url(`by_npx_${major}`),
      LIFEBOAT_VAULT: join(place, 'command'),
    });
    const npx = (...argv: string[]) => {
      const ended = spawnSync('npx', ['--no', 'pg-lifeboat', ...argv, '--json'], {
        cwd: alone,
        env: environment,
        encoding: 'utf8',
      });
      expect(ended, ended.stderr).toMatchObject({ status: 0 });
      return JSON.parse(ended.stdout);
    };
    expect(npx('backup', '--create-vault')).toMatchObject({ outcome: 'sealed', rows: 2 });
    expect(npx('drill')).toMatchObject({ verdict: 'proven' });
    expect(npx('restore', '--create-database', '--yes', `by_npx_${major}`)).toMatchObject({
      outcome: 'restored',
    });
  });

  it('a program does the same with the library', () => {
    cpSync(join(import.meta.dirname, 'round.mjs'), join(alone, 'round.mjs'));
    const vault = pathToFileURL(join(place, 'library')).href;
    const argv = ['round.mjs', server.url(), server.url(`by_library_${major}`), vault];
    const printed = execFileSync(node(), argv, { cwd: alone, encoding: 'utf8', env: withNode(node()) });
    expect(JSON.parse(printed)).toEqual({
      made: { outcome: 'sealed', reason: 'before migration 005', rows: 2 },
      phases: expect.arrayContaining(['copy']),
      verified: 'intact',
      drilled: 'proven',
      planned: { createsDatabase: true, tables: ['public.ship'] },
      restored: { outcome: 'restored', matched: true },
      listed: { isIt: true, proven: true, problem: null },
      refusals: {
        mistyped: 'option-invalid',
        occupied: 'target-not-empty',
        aborted: 'Error: enough',
        nowhere: 'vault-url-invalid',
      },
    });
  });
});

it.skipIf(missingPrograms('the tutorial', ['psql']).length > 0)(
  'docs/tutorial.md works as it is written, and prints what it shows',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeboat-tutorial-'));
    const environment = withNode(node24, {
      ...psqlEnvironment(server, 'postgres'),
      LIFEBOAT_PACKAGE: packed.tarball,
      // Nothing is asked of a registry: the package has no dependencies.
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_prefer_offline: 'true',
    });
    const { status, output, followed } = followPage(readPage('docs/tutorial.md'), {
      directory,
      environment,
      // The reader's own server and package.
      replace: { '1. What you need': '' },
    });
    expect(status, output).toBe(0);
    expect(followed.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(5);
    for (const block of followed) expect(linesNotPrinted(block), block.printed).toEqual([]);
    // Its last commands remove everything.
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  },
  1_800_000,
);

it('keeps compiled code and a data directory beside the packages, for the next run', () => {
  const kept = readdirSync(join(alone, 'node_modules/.cache/lifeboat'));
  expect(kept).toEqual(
    expect.arrayContaining([expect.stringMatching(/^data-directory-/), expect.stringMatching(/^v24/)]),
  );
});

it.skipIf(oldNode() === undefined)('refuses an older Node, and says which one it needs', () => {
  const node = oldNode() ?? '';
  const launcher = join(alone, 'node_modules/.bin/lifeboat');
  const ended = spawnSync(node, [launcher, 'backup'], { encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 1, stdout: '' });
  expect(ended.stderr).toContain('Lifeboat needs Node.js 22.18 or later, but this is v');
  expect(ended.stderr).toContain('nodejs.org');
  expect(ended.stderr).not.toContain('npm ci');
});

describe('an app of somebody else’s, with the oldest CDK that is allowed', () => {
  const expected = new Map<string, FunctionName>();
  beforeAll(() => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeboat-functions-'));
    for (const name of Object.keys(FUNCTION_WORKERS) as FunctionName[]) {
      assembleFunction(name, join(directory, name));
      expected.set(hashOfDirectory(join(directory, name)), name);
    }
    rmSync(directory, { recursive: true, force: true });
  });

  const bin = (name: string) => join(apps, 'node_modules/.bin', name);
  const runs: Array<[string, string, () => string[][]]> = [
    [
      'TypeScript as NodeNext, with tsx',
      'nodenext',
      () => [
        [bin('tsc'), '-p', '.'],
        [bin('tsx'), 'app.ts'],
      ],
    ],
    ['TypeScript as CommonJS, with ts-node', 'commonjs', () => [[bin('ts-node'), 'app.ts']]],
    [
      'TypeScript as ES modules, with tsx',
      'esm',
      () => [
        [bin('tsc'), '-p', '.'],
        [bin('tsx'), 'app.ts'],
      ],
    ],
    ['plain JavaScript', 'javascript', () => [['app.js']]],
  ];

  it.each(runs)('%s: synthesizes, with the functions that a checkout bundles', (_, folder, commands) => {
    const outdir = join(apps, folder, 'cdk.out');
    for (const command of commands()) {
      // Node 22 has no TypeScript that it would run by itself, unless it is asked to.
      const ended = spawnSync(node22(), command, {
        cwd: join(apps, folder),
        env: withNode(node22(), { OUTDIR: outdir }),
        encoding: 'utf8',
      });
      expect(ended, `${command[0]}: ${ended.stdout}${ended.stderr}`).toMatchObject({ status: 0 });
    }
    const assets = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
    const found = assets.map((name) => expected.get(hashOfDirectory(join(outdir, name))));
    // Without tasks: those are JSON in one file each. The apps use what an app has that asks for nothing special.
    const used = found.filter((name) => name !== undefined);
    expect(used).toEqual(
      expect.arrayContaining(['backup', 'restore-drill', 'sentinel', 'keeper', 'scrub-check']),
    );
    expect(used.length).toBeGreaterThanOrEqual(7);
  });

  it('the app that `init` writes synthesizes as it stands', () => {
    const app = join(apps, 'initialized');
    const values = ['--name', 'shop', '--secret', 'prod/shop/db', '--region', 'eu-central-1'];
    execFileSync(
      join(alone, 'node_modules/.bin/lifeboat'),
      [
        'init',
        app,
        ...values,
        '--email',
        'ops@example.com',
        '--account',
        '111122223333',
        '--despite-problems',
      ],
      { env: withNode(node24), encoding: 'utf8' },
    );
    const command = JSON.parse(readFileSync(join(app, 'cdk.json'), 'utf8')).app.split(' ');
    expect(command[0]).toBe('node');
    const outdir = join(apps, 'initialized.out');
    const ended = spawnSync(node24, command.slice(1), {
      cwd: app,
      env: withNode(node24, { CDK_OUTDIR: outdir }),
      encoding: 'utf8',
    });
    expect(ended, ended.stderr).toMatchObject({ status: 0 });
    expect(readdirSync(outdir)).toContain('lifeboat-production.template.json');
    expect(spawnSync(bin('tsc'), ['-p', '.', '--noEmit'], { cwd: app, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  it('is told about a damaged file, which it would deploy otherwise', () => {
    const wasm = join(apps, 'node_modules/pg-lifeboat/dist/engine/app/pg_dump.wasm');
    const whole = readFileSync(wasm);
    writeFileSync(wasm, whole.subarray(0, 1000));
    const ended = spawnSync(node22(), ['app.js'], {
      cwd: join(apps, 'javascript'),
      env: withNode(node22(), { OUTDIR: join(apps, 'damaged') }),
      encoding: 'utf8',
    });
    writeFileSync(wasm, whole);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('pg_dump.wasm is not the file that pg-lifeboat was published with');
    expect(existsSync(join(apps, 'damaged', 'manifest.json'))).toBe(false);
  });
});

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly scripts?: Record<string, string>;
}

function manifestOf(consumer: string): Manifest {
  return JSON.parse(
    readFileSync(join(consumer, 'node_modules/pg-lifeboat/package.json'), 'utf8'),
  ) as Manifest;
}
