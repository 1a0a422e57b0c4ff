import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type FunctionProcess, startFunction } from '../../support/lambda/function-process.ts';
import { sandboxMissing } from '../../support/lambda/sandbox.ts';

/** A function that does what it is told, to see what it may do. */
const PROBE = `
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
export async function handler({ write = [], eat }) {
  const kept = [];
  while (eat) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
  const tried = write.map((path) => {
    try { writeFileSync(path, 'x'); return 'written'; } catch ({ code }) { return code; }
  });
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    tried,
    user: [process.getuid(), process.getgid(), userInfo().username],
    capabilities: /^CapEff:\\s+(\\w+)$/m.exec(status)[1],
    shm: existsSync('/dev/shm'),
    others: readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
  };
}`;

const asset = mkdtempSync(join(tmpdir(), 'lifeboat-probe-'));
writeFileSync(join(asset, 'index.mjs'), PROBE);
const started: FunctionProcess[] = [];
afterAll(async () => {
  await Promise.all(started.map((process) => process.stop()));
  rmSync(asset, { recursive: true, force: true });
});

async function start(memoryMb: number, isSandboxed = true): Promise<FunctionProcess> {
  const process = await startFunction({
    asset,
    handler: 'index.handler',
    variables: {},
    memoryMb,
    isSandboxed,
  });
  started.push(process);
  return process;
}

const noSandbox = sandboxMissing();
describe.skipIf(noSandbox !== undefined)(
  `a sandbox like Lambda’s${noSandbox ? `; ${noSandbox}` : ''}`,
  () => {
    it('lets a function write to /tmp and nowhere else, as nobody of importance', async () => {
      const write = [
        '/tmp/x',
        '/x',
        '/var/task/x',
        '/usr/x',
        '/etc/x',
        '/dev/x',
        '/dev/shm/x',
        '/var/lang/bin/x',
      ];
      const outcome = await (await start(256)).invoke({ write });
      expect(outcome).toMatchObject({
        ok: true,
        payload: {
          tried: ['written', 'EROFS', 'EROFS', 'EROFS', 'EROFS', 'EROFS', 'ENOENT', 'EROFS'],
          user: [993, 990, 'sbx_user1051'],
          capabilities: '0000000000000000',
          shm: false,
        },
      });
    });

    it('ends a function that takes more memory than it has', async () => {
      const process = await start(256);
      await expect(process.invoke({ eat: true })).rejects.toThrow(/ended/);
      await expect(process.invoke({})).rejects.toThrow(/ended/);
    });
  },
);

describe('the Runtime API of the tests', () => {
  it('ends a function whose time is up, without a word, as Lambda does', async () => {
    writeFileSync(
      join(asset, 'slow.mjs'),
      'export const handler = () => new Promise((r) => setTimeout(r, 1e6));',
    );
    const process = await startFunction({
      ...{ asset, handler: 'slow.handler', variables: {}, memoryMb: 256, isSandboxed: false },
    });
    started.push(process);
    await expect(process.invoke({}, 300)).rejects.toThrow('ended: code null, signal SIGKILL');
  });

  it('says what a function said that could not be loaded', async () => {
    writeFileSync(join(asset, 'broken.mjs'), "import './gone.mjs'; export const handler = () => {};");
    const start = startFunction({
      ...{ asset, handler: 'broken.handler', variables: {}, memoryMb: 256, isSandboxed: false },
    });
    await expect(start).rejects.toThrow('gone.mjs');
  });
});
