import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmBinaries, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from './lifeboat.ts';

/** The lines of docs/evidence.md that a stranger types, below this heading. */
function linesOfDocs(heading: string): string {
  const page = readFileSync(new URL('../../../docs/evidence.md', import.meta.url), 'utf8');
  const [, lines] = new RegExp(`### ${heading}[\\s\\S]*?\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (lines === undefined) throw new Error(`docs/evidence.md has no commands below ${heading}`);
  return lines;
}

describe.skipIf(npmBinaries(18) === undefined)('lifeboat evidence on PostgreSQL 18', () => {
  let server: PostgresServer;
  let directory: string;
  let vault: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-evidence-'));
    vault = join(directory, 'vault');
    server = await startPostgres({ major: 18 });
    await server.run('CREATE DATABASE shop');
    await server.run('CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, $$a$$)', 'shop');
    environment = { LIFEBOAT_SOURCE_URL: server.url('shop'), LIFEBOAT_VAULT: vault, LOGNAME: 'ada' };
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = async (...argv: string[]) => await lifeboat(argv, { environment, directory });
  const json = async (...argv: string[]) => {
    const ended = await run(...argv, '--json');
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    return JSON.parse(ended.stdout);
  };

  it('signs a drill, records a restore, and proves it to an auditor and to openssl', async () => {
    await json('evidence', 'keygen', '--out', 'key.pem');
    expect(statSync(join(directory, 'key.pem')).mode & 0o077).toBe(0);
    expect((await run('evidence', 'keygen', '--out', 'key.pem')).stderr).toContain('is there already');
    const { name } = await json('backup', '--create-vault');
    await json('drill', '--signing-key', 'key.pem');
    const restored = await lifeboat(
      ['restore', '--create-database', '--yes', 'copy', '--unproven', '--json', '--signing-key', 'key.pem'],
      { environment: { ...environment, LIFEBOAT_TARGET_URL: server.url('copy') }, directory },
    );
    expect(restored).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(restored.stdout).notices).toEqual([]);

    const verified = await json('evidence', 'verify', '--public-key', 'key.pem.pub', '--require');
    expect(verified.backups).toMatchObject([{ name, verdict: 'signed', hasProof: true }]);

    const now = ['--from', '1h ago', '--to', 'now'];
    const report = await json('evidence', ...now, '--public-key', 'key.pem.pub', '--html', 'report.html');
    const [shop] = report.sources;
    expect(shop).toMatchObject({
      name: 'shop',
      backups: [{ name, rows: 1, origin: 'record' }],
      drills: [{ name, verdict: 'proven', signature: 'signed' }],
      restores: [{ name, by: 'ada', from: 'a machine', outcome: 'restored', signature: 'signed', rows: 1 }],
    });
    expect(report.exceptions).toEqual([]);
    expect(report.controls.map(({ id }: { id: string }) => id)).toContain('A1.3');
    const page = readFileSync(join(directory, 'report.html'), 'utf8');
    expect(page).toContain(name);
    expect(page).not.toMatch(/<(script|link|img)\b|https?:\/\//);

    // What the docs say to type, with nothing of Lifeboat.
    const drills = join(vault, 'evidence/drills/shop');
    const [record = ''] = readdirSync(drills);
    const shell = (heading: string) =>
      execFileSync('bash', ['-euo', 'pipefail', '-c', linesOfDocs(heading)], {
        cwd: directory,
        encoding: 'utf8',
        env: { ...process.env, vault, record: join(drills, record), key: join(directory, 'key.pem.pub') },
      });
    shell('What was signed');
    expect(shell('A key of ed25519')).toContain('Signature Verified Successfully');
    expect(shell('What it is about')).toMatch(/manifest\.json: OK\n.*proof\.json: OK\n/);
  });

  it('says so, and ends with a code of its own, if somebody edits what was signed', async () => {
    const listed = await json('list');
    const proof = join(vault, listed.backups[0].name, 'proof.json');
    rmSync(proof);
    const ended = await run('evidence', 'verify', '--public-key', 'key.pem.pub');
    expect(ended).toMatchObject({ exitCode: 5 });
    expect(ended.stdout).toContain('names a proof that is gone');
  });
});
