import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { npmBinaries } from '../support/postgres-server.ts';

const DEMO = fileURLToPath(new URL('../../demo/demo.ts', import.meta.url));
const IMPATIENCE_MS = 300_000;

/** Everything the demo makes has to lie in here. */
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'lifeboat-demo-test-'));
  // As root the server runs under another account, which has to reach it.
  chmodSync(temporary, 0o755);
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

function startDemo(...nodeOptions: readonly string[]) {
  const child = spawn(process.execPath, [...nodeOptions, DEMO], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, exitCode };
}

function expectNothingLeft(): void {
  expect(readdirSync(temporary)).toEqual([]);
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(processes).not.toContain(temporary);
}

/** Numbers and titles of the steps that ended well. */
function stepsIn(text: string): string[] {
  return [...text.matchAll(/^ {2}(\d {2}.*?) \.{3,} [\d.]+ s$/gm)].map(([, step = '']) => step);
}

/** The server's own number, from the file that it keeps in its data directory. */
function serverProcess(): number | undefined {
  const file = readdirSync(temporary, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('postmaster.pid'),
  );
  return file === undefined ? undefined : Number(readFileSync(join(temporary, file), 'utf8').split('\n')[0]);
}

describe.skipIf(npmBinaries(18) === undefined)('the demo', () => {
  it('tells the whole story in a pipe, plainly, and leaves nothing', { timeout: IMPATIENCE_MS }, async () => {
    const { output, exitCode } = startDemo();
    expect({ exitCode: await exitCode, stderr: output.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stepsIn(output.stdout)).toHaveLength(8);
    const page = readFileSync(new URL('../../docs/demo.md', import.meta.url), 'utf8');
    expect(stepsIn(page)).toEqual(stepsIn(output.stdout));
    for (const part of [
      /\d+ orders? committed meanwhile/,
      /proven: \d+ tables equal to what was read/,
      /relation "payments" does not exist/,
      /digest in the backup {3}([0-9a-f]{16})\n +digest of the table {4}\1 {3}equal/,
      /payments are in the backup, the last one of \d{4}-/,
      /The shop sells again/,
      /equal: \d+ tables read out of the new database/,
      /rows +3\d\d,\d{3} in \d+ tables/,
      /compression +\d+\.\d : 1/,
      /recovery time +[\d.]+ s for all of it, by the drill/,
      /^ +[\d.]+ s for all of it, into the server$/m,
      /npx lifeboat backup --vault/,
    ]) {
      expect(output.stdout).toMatch(part);
    }
    expect(output.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(Math.max(...output.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expectNothingLeft();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing after %s in the middle',
    { timeout: IMPATIENCE_MS },
    async (signal) => {
      const { child, output, exitCode } = startDemo();
      await vi.waitUntil(() => output.stdout.includes('  1  A shop'), { timeout: IMPATIENCE_MS });
      child.kill(signal);
      expect(await exitCode).toBe(130);
      expect(output.stdout).toContain('Stopped after');
      expectNothingLeft();
    },
  );

  it('leaves nothing after a failure, and says what failed', { timeout: IMPATIENCE_MS }, async () => {
    const { output, exitCode } = startDemo();
    await vi.waitUntil(() => output.stdout.includes('  1  A shop'), { timeout: IMPATIENCE_MS });
    process.kill(serverProcess() ?? Number.NaN, 'SIGKILL');
    expect(await exitCode).toBe(1);
    expect(output.stderr).toMatch(/^error {4}/m);
    expectNothingLeft();
  });

  it('says in a sentence where it cannot run', async () => {
    const elsewhere = 'Object.defineProperty(process, "arch", { value: "riscv64" })';
    const { output, exitCode } = startDemo(`--import=data:text/javascript,${encodeURIComponent(elsewhere)}`);
    expect(await exitCode).toBe(1);
    expect(output.stderr).toContain(`npm has none for ${process.platform}-riscv64`);
    expectNothingLeft();
  });
});
