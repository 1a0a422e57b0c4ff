import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDataDirectory } from '../../../../../lib/engine/target/embedded/data-directory.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** What a process with this pid would have left behind. */
function leave(pid: number, owner: object | undefined): string {
  const root = join(parent, `lifeboat-target-${pid}-abcdef`);
  mkdirSync(join(root, 'data'), { recursive: true });
  if (owner) writeFileSync(join(root, 'owner.json'), JSON.stringify(owner));
  return root;
}

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

it('is another one each time, and leaves nothing', async () => {
  const one = await createDataDirectory(parent);
  const two = await createDataDirectory(parent);
  expect(one.path).not.toBe(two.path);
  expect([existsSync(one.path), existsSync(two.path)]).toEqual([true, true]);
  await one.remove();
  await one.remove();
  await two.remove();
  expect(readdirSync(parent)).toEqual([]);
});

it('removes what dead processes left behind, whatever state it is in', async () => {
  const pid = await deadPid();
  leave(pid, { host: hostname(), pid, startedAtTicks: '1' });
  const directory = await createDataDirectory(parent);
  expect(readdirSync(parent)).toHaveLength(1);
  leave(pid, undefined);
  await (await createDataDirectory(parent)).remove();
  await directory.remove();
  expect(readdirSync(parent)).toEqual([]);
});

it("leaves a live process's directory alone, and everything that is not of its making", async () => {
  const live = leave(process.ppid, undefined);
  const elsewhere = leave(await deadPid(), { host: `not-${hostname()}`, pid: 1, startedAtTicks: '1' });
  const other = join(parent, 'lifeboat-target-of-somebody');
  mkdirSync(other);
  await (await createDataDirectory(parent)).remove();
  expect([live, elsewhere, other].map((path) => existsSync(path))).toEqual([true, true, true]);
});

it.runIf(existsSync('/proc/self/stat'))(
  'knows an earlier process by its start, though the pid lives again',
  async () => {
    const earlier = leave(process.pid, { host: hostname(), pid: process.pid, startedAtTicks: '1' });
    const mine = await createDataDirectory(parent);
    await (await createDataDirectory(parent)).remove();
    expect([existsSync(earlier), existsSync(mine.path)]).toEqual([false, true]);
  },
);
