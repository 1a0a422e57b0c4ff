import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { requireUsableDirectory } from './usable-directory.ts';

/** Below `path` lies what the embedded server writes; `remove` leaves nothing of it. */
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
 * A fresh directory of this process's own: PGlite lets two instances open the same one, and both would write to it.
 * Those that dead processes left behind are removed first.
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

/** Throws `directory-unusable`. */
export async function removeAbandoned(parent: string): Promise<void> {
  await requireUsableDirectory(parent);
  for (const name of await readdir(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined) continue;
    const root = join(parent, name);
    // Another process may be sweeping as well, or may not let us: its leftovers do not stop this drill.
    if (await isAbandoned(root, Number(pid)))
      await rm(root, { recursive: true, force: true }).catch(() => {});
  }
}

/** Only when there can be no doubt: on this host, and by a process that does not exist any more. */
async function isAbandoned(root: string, pid: number): Promise<boolean> {
  const text = await readFile(join(root, OWNER_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return !isAlive(pid);
  const parsed = v.safeParse(owner, text);
  if (!parsed.success) return !isAlive(pid);
  if (parsed.output.host !== hostname()) return false;
  if (!isAlive(pid)) return true;
  // The number may have been given to another process since: a function's next life often gets the same one.
  const { startedAtTicks } = parsed.output;
  return startedAtTicks !== null && startedAtTicks !== startTimeOf(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** In clock ticks since the machine started (proc(5), field 22 of stat); null where there is no /proc. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
