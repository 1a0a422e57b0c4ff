import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, vi } from 'vitest';

const DEMO = fileURLToPath(new URL('../../demo/demo.ts', import.meta.url));
export const IMPATIENCE_MS = 300_000;

/** Everything the demo makes has to lie in here. */
export let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'lifeboat-demo-test-'));
  // As root the server runs under another account, which has to reach it.
  chmodSync(temporary, 0o755);
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

export function startDemo(...nodeOptions: readonly string[]) {
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

export function expectNothingLeft(): void {
  expect(readdirSync(temporary)).toEqual([]);
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(processes).not.toContain(temporary);
}

/** A demo that is in the middle of its work. */
export async function startedDemo() {
  const demo = startDemo();
  await vi.waitUntil(() => demo.output.stdout.includes('  1  A shop'), { timeout: IMPATIENCE_MS });
  return demo;
}
