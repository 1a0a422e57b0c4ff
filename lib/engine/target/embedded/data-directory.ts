import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { requireUsableDirectory } from './usable-directory.ts';

/** The embedded server writes below `path`. `remove` deletes everything. */
export interface DataDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

const NAME = /^lifeboat-target-(\d+)-/;
const OWNER_FILE = 'owner.json';
const owner = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ host: v.string(), pid: v.number(), startedAtTicks: v.nullable(v.string()) }),
);

/**
 * Creates a new directory for this process only: PGlite would let two instances open and write the same one.
 * Directories that dead processes left behind are removed first.
 */
export async function createDataDirectory(parent: string): Promise<DataDirectory> {
  await removeAbandoned(parent);
  const root = await mkdtemp(join(parent, `lifeboat-target-${process.pid}-`));
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 3 });
  try {
    const self = { host: hostname(), pid: process.pid, startedAtTicks: startTimeOf(process.pid) };
    await writeFile(join(root, OWNER_FILE), JSON.stringify(self));
    const path = join(root, 'data');
    await mkdir(path, { mode: 0o700 });
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Removes the directories that dead processes left behind. Throws `directory-unusable`. */
export async function removeAbandoned(parent: string): Promise<void> {
  await requireUsableDirectory(parent);
  for (const name of await readdir(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined) continue;
    const root = join(parent, name);
    // Another process may also be removing it, or permissions are missing: leftovers do not stop this drill.
    if (await isAbandoned(root, Number(pid)))
      await rm(root, { recursive: true, force: true }).catch(() => {});
  }
}

/** Whether a directory is certainly abandoned: its process was on this host, and does not exist any more. */
async function isAbandoned(root: string, pid: number): Promise<boolean> {
  const text = await readFile(join(root, OWNER_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return !isAlive(pid);
  const parsed = v.safeParse(owner, text);
  if (!parsed.success) return !isAlive(pid);
  if (parsed.output.host !== hostname()) return false;
  if (!isAlive(pid)) return true;
  // Another process may have got the same number: a restarted function often does.
  const { startedAtTicks } = parsed.output;
  return startedAtTicks !== null && startedAtTicks !== startTimeOf(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists, and belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * When a process started, in clock ticks since boot (proc(5), field 22 of stat). Null if there is no /proc.
 */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may contain any character.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
