import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../lib/cli/run.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { CapturedStream } from './captured-stream.ts';
import { lifeboat } from './command-line.ts';

const APP = ['--name', 'shop', '--secret', 'lifeboat/production/shop', '--region', 'eu-central-1'];
const COMPLETE = [...APP, '--email', 'a@example.com'];
/** Nothing listens on this port: the doctor finds a problem at once. */
const UNREACHABLE = { LIFEBOAT_SOURCE_URL: 'postgres://app:hunter22@127.0.0.1:1/shop' };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-init-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const init = (argv: readonly string[], environment: Record<string, string> = {}) =>
  lifeboat(['init', ...argv], { directory, environment });

describe('lifeboat init', () => {
  it('writes a CDK app with exact versions', async () => {
    const ran = await init(COMPLETE);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    );
    expect(dependencies['pg-lifeboat']).toBe(packageJson.version);
    for (const version of Object.values({ ...dependencies, ...devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(readFileSync(join(directory, 'environments.ts'), 'utf8')).toContain(
      "secretName: 'lifeboat/production/shop'",
    );
    expect(ran.stdout).toContain('npx cdk diff');
  });

  it('makes a directory that is named, and takes region and name from an ARN and a database', async () => {
    const arn = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:x-AbCdEf';
    const argv = ['new/app', '--secret', arn, '--email', 'a@example.com', '--despite-problems', '--json'];
    const { exitCode, stdout } = await init(argv, UNREACHABLE);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'written', directory: join(directory, 'new/app') });
    const settings = readFileSync(join(directory, 'new/app/environments.ts'), 'utf8');
    expect(settings).toContain("region: 'eu-west-3'");
    expect(settings).toContain("name: 'shop'");
    for (const path of readdirSync(join(directory, 'new/app'), { recursive: true, encoding: 'utf8' })) {
      const full = join(directory, 'new/app', path);
      if (statSync(full).isFile()) expect(readFileSync(full, 'utf8'), path).not.toContain('hunter22');
    }
  });

  it('refuses a directory that is not empty, by the names in it, and changes nothing', async () => {
    mkdirSync(join(directory, '.git'));
    expect(await init([...COMPLETE, '.'])).toMatchObject({ exitCode: 0 });
    writeFileSync(join(directory, 'cdk.json'), 'mine');
    const { exitCode, stderr } = await init(COMPLETE);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/is not empty: it holds ".gitignore", "README.md".* and 2 more\./);
    expect(stderr).toContain('init-directory-not-empty');
    expect(readFileSync(join(directory, 'cdk.json'), 'utf8')).toBe('mine');
  });

  it('refuses a file in the place of the directory', async () => {
    writeFileSync(join(directory, 'file'), '');
    expect(await init([...COMPLETE, 'file'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('init-not-written'),
    });
  });

  it.skipIf(!existsSync('/proc/self'))('ends where no directory can be made', async () => {
    expect(await init([...COMPLETE, '/proc/nothing/app'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/cannot be written into \/proc\/nothing\/app: ENOENT/),
    });
  });

  it.each([
    ['a value is missing', APP, 'init-value-missing', '--email is missing'],
    ['a name is code', [...COMPLETE, '--name', "x', evil: '"], 'init-value-invalid', '--name "x\', evil'],
    ['a name has lines', [...COMPLETE, '--environment', 'a\nb'], 'init-value-invalid', '"a\\nb"'],
    ['an address is none', [...APP, '--email', 'nobody'], 'init-value-invalid', 'an e-mail address'],
    [
      'the secret is the connection',
      [...COMPLETE, '--secret', 'postgres://a@b/c'],
      'init-value-invalid',
      'not the connection',
    ],
    ['AWS and local are mixed', ['--local', '--secret', 'x'], 'init-options-mixed', '--local does without'],
    ['local is forgotten', [...COMPLETE, '--vault', '/x'], 'init-options-mixed', 'Add --local'],
    [
      'a directory is for GitHub',
      ['--local', '--name', 'a', '--vault', '/x', '--scheduler', 'github-actions'],
      'init-value-invalid',
      'thrown away',
    ],
    [
      'there are two addresses',
      ['--local', '--email', 'a@b.de', '--email', 'c@b.de'],
      'init-value-invalid',
      'more than once',
    ],
    ['the directory has lines', [...COMPLETE, 'a\nb'], 'init-value-invalid', 'control characters'],
  ])('writes nothing if %s', async (_, argv, code, words) => {
    const { exitCode, stderr } = await init(argv);
    expect(stderr).toContain(code);
    expect(stderr).toContain(words);
    expect(exitCode).toBe(2);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('never repeats a password that it cannot write', async () => {
    const environment = {
      LIFEBOAT_SOURCE_URL: 'postgres://app:hunter22@127.0.0.1:1/shop?application_name=a\u2028b',
    };
    const argv = ['--local', '--name', 'shop', '--vault', 'v', '--despite-problems'];
    const { exitCode, stdout, stderr } = await init(argv, environment);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('init-value-invalid');
    expect(stdout + stderr).not.toContain('hunter22');
  });

  it('shows first what would make backups fail, and goes on only if told to', async () => {
    const { exitCode, stdout, stderr } = await init(COMPLETE, UNREACHABLE);
    expect({ exitCode, stdout }).toEqual({ exitCode: 8, stdout: 'Nothing was written.\n' });
    expect(stderr).toMatch(/problem {2}Cannot connect.*to do: .*--despite-problems/s);
    expect(stderr).not.toContain('hunter22');
    expect(readdirSync(directory)).toEqual([]);
    expect(await init([...COMPLETE, '--despite-problems'], UNREACHABLE)).toMatchObject({ exitCode: 0 });
  });

  it('writes what a schedule needs, with the connection in a file of mode 600', async () => {
    const argv = ['--local', '--name', 'shop', '--vault', 'v', '--scheduler', 'cron', '--despite-problems'];
    expect(await init(argv, UNREACHABLE)).toMatchObject({ exitCode: 0 });
    const env = join(directory, 'lifeboat.env');
    expect(statSync(env).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'lifeboat.sh')).mode & 0o111).toBe(0o111);
    const text = readFileSync(env, 'utf8');
    expect(text).toContain(`LIFEBOAT_SOURCE_URL='${UNREACHABLE.LIFEBOAT_SOURCE_URL}'`);
    expect(text).toContain(`LIFEBOAT_VAULT='file://${directory}/v'`);
    for (const path of readdirSync(directory).filter((name) => name !== 'lifeboat.env')) {
      expect(readFileSync(join(directory, path), 'utf8'), path).not.toContain('hunter22');
    }
  });
});

describe('lifeboat init at a terminal', () => {
  /** Types one answer after another, each when its question is there. */
  async function asked(
    argv: readonly string[],
    answers: ReadonlyArray<readonly [question: string, keys: string]>,
  ) {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
    const stdout = new CapturedStream(100);
    const stderr = new CapturedStream(100);
    const ended = run(['init', ...argv], {
      environment: { NO_COLOR: '1' },
      ...{ directory, stdin, stdout, stderr },
      signal: new AbortController().signal,
      now: () => new Date(),
    });
    for (const [question, keys] of answers) {
      await vi.waitUntil(() => stderr.text.includes(question), { timeout: 60_000 });
      stdin.write(keys);
    }
    return { exitCode: await ended, stdout: stdout.text, stderr: stderr.text };
  }

  it('asks for everything, and again if an answer cannot be used', async () => {
    const { exitCode, stderr } = await asked(
      [],
      [
        ['of the source', '\r'],
        ['Name of the environment', '\r'],
        ["The source's name", '\r'],
        ['Name or ARN of the secret', '\r'],
        ['AWS region', 'eu-central-1\r'],
        ['Who gets the alarms', 'nobody\r'],
        ['It must be an e-mail address', '@example.com, b@example.com\r'],
      ],
    );
    expect(stderr).not.toContain('error');
    expect(exitCode).toBe(0);
    const settings = readFileSync(join(directory, 'environments.ts'), 'utf8');
    expect(settings).toContain("secretName: 'lifeboat/production/app'");
    expect(settings).toContain("emails: ['nobody@example.com', 'b@example.com']");
  });

  it('writes nothing when somebody gives up, or says no', async () => {
    expect(await asked([], [['of the source', '\u0003']])).toMatchObject({ exitCode: 130 });
    const url = 'postgres://app:hunter22@127.0.0.1:1/shop';
    const no = await asked(COMPLETE, [
      ['of the source', `${url}\r`],
      ['Go on all the same?', '\r'],
    ]);
    expect(no.exitCode).toBe(8);
    expect(no.stderr).not.toContain('hunter22');
    expect(existsSync(join(directory, 'package.json'))).toBe(false);
  });
});
