import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/** A limit on the memory of all processes that are started in it. */
export interface MemoryLimit {
  /** What holds the limit, for the report. */
  readonly by: string;
  /** What to put before a command so that it runs under the limit. */
  readonly command: readonly string[];
  /** True when the kernel had to end a process for it. */
  exceeded(): boolean;
  /** Waits for the last process to be gone. */
  remove(): Promise<void>;
}

const REMOVE_WITHIN_MS = 5000;

let made = 0;

/** A control group with a limit; undefined where none can be made: then the caller has to watch. */
export function limitMemory(megabytes: number): MemoryLimit | undefined {
  const name = `lifeboat-test-${process.pid}-${++made}`;
  const v1 = join(ROOT, 'memory', name);
  const v2 = join(ROOT, name);
  const [group, limitFile, by] = existsSync(join(ROOT, 'memory'))
    ? [v1, 'memory.limit_in_bytes', 'a memory cgroup (v1)']
    : [v2, 'memory.max', 'a memory cgroup (v2)'];
  try {
    mkdirSync(group);
    writeFileSync(join(group, limitFile), String(megabytes * 1024 * 1024));
  } catch {
    if (existsSync(group)) rmdirSync(group);
    return undefined;
  }
  return {
    by,
    // The shell moves itself into the group and becomes the command, whose children are born in it.
    command: ['/bin/sh', '-c', `echo $$ > ${join(group, 'cgroup.procs')} && exec "$@"`, 'sh'],
    exceeded: () => killsIn(group) > 0,
    remove: () => removeGroup(group, performance.now() + REMOVE_WITHIN_MS),
  };
}

/** A killed process leaves its group a moment after its parent has heard of it. */
async function removeGroup(group: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      return rmdirSync(group);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || performance.now() > deadline) throw error;
    }
    await setTimeout(10);
  }
}

function killsIn(group: string): number {
  const file = readdirSync(group).includes('memory.events') ? 'memory.events' : 'memory.oom_control';
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(group, file), 'utf8'))?.[1] ?? 0);
}

/** The most that a process has had resident, in MB (proc(5), VmHWM); 0 when it is gone. */
export function peakMemoryMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** `pid` and everything below it that is there now. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The second field is the program's name in parentheses, and may contain anything.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // Ended while we looked.
    }
  }
  const tree = [pid];
  for (const one of tree) tree.push(...(children.get(one) ?? []));
  return tree;
}
