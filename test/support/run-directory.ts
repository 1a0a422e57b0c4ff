import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory, which every account may write to. */
const MEMORY = '/dev/shm';
/** Not with the servers’ password, `lifeboat-test`, in it: that is looked for in all that backups write. */
const NAME = /^lifeboat-run-(\d+)-/;
/** A run was seen to hold 1.4 GB at most; the 64 MB of a container are not enough, and a busy machine needs its memory. */
const NEEDED_BYTES = 4 * 1024 ** 3;
const RUN = 'LIFEBOAT_TESTS_RUN';
const KEPT = 'LIFEBOAT_TESTS_KEPT';

/**
 * Makes a directory for all that a run of tests writes, which is removed at its end, and which is in memory where there is plenty
 * of it. Each server and each drill makes a thousand files and removes them. An ext4 file system without a journal gives the inode
 * of a removed file to a new one only after minutes, and looks through all of those before each file that it makes
 * (`recently_deleted` in the kernel's fs/ext4/ialloc.c): drills took twice the processor time there. A `TMPDIR` of one's own is
 * where the directory is made.
 */
export function openRunDirectory(): void {
  if (process.env[RUN] !== undefined) return;
  const kept = tmpdir();
  const parent = process.env.TMPDIR === undefined && isRoomy() ? MEMORY : kept;
  removeLeftOvers(parent);
  const directory = mkdtempSync(join(parent, `lifeboat-run-${process.pid}-`));
  // Servers run under an account of their own.
  chmodSync(directory, 0o755);
  process.once('exit', () => remove(directory));
  Object.assign(process.env, { [RUN]: directory, [KEPT]: kept, TMPDIR: directory });
}

/** The directory of this run, which its workers share; undefined outside of a run. */
export function runDirectory(): string | undefined {
  return process.env[RUN];
}

/** The directory for what later runs may use again. */
export function keptDirectory(): string {
  return process.env[KEPT] ?? tmpdir();
}

function isRoomy(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, process.availableMemory()) >= NEEDED_BYTES;
  } catch {
    return false;
  }
}

/** Of runs that were killed: memory does not come back by itself. */
function removeLeftOvers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) remove(join(parent, name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // Another account's, or a server still writes to it: a later run removes it.
  }
}
