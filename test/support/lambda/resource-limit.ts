import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

export interface Resources {
  readonly memoryMb: number;
  /** Cores, or parts of one. @default all there are */
  readonly vcpus?: number;
}

/** A limit on what all processes that are started in it may take together. */
export interface ResourceLimit {
  /** What holds the limit, for the report. */
  readonly by: string;
  /** What to put before a command so that it runs under the limit. */
  readonly command: readonly string[];
  /** All of them that are there now. */
  processes(): number[];
  /** True when the kernel had to end a process for want of memory. */
  exceeded(): boolean;
  /** Waits for the last process to be gone. */
  remove(): Promise<void>;
}

const REMOVE_WITHIN_MS = 5000;
const CPU_PERIOD_US = 100_000;
let made = 0;

/** Control groups with limits; undefined where none can be made: then the caller has to watch. */
export function limitResources({ memoryMb, vcpus }: Resources): ResourceLimit | undefined {
  const isV1 = existsSync(join(ROOT, 'memory'));
  const name = `lifeboat-test-${process.pid}-${++made}`;
  const memory = join(ROOT, ...(isV1 ? ['memory'] : []), name);
  const cpu = isV1 ? join(ROOT, 'cpu', name) : memory;
  const groups = vcpus === undefined ? [memory] : [...new Set([memory, cpu])];
  const quotaUs = Math.round((vcpus ?? 0) * CPU_PERIOD_US);
  try {
    for (const group of groups) mkdirSync(group);
    writeFileSync(
      join(memory, isV1 ? 'memory.limit_in_bytes' : 'memory.max'),
      String(memoryMb * 1024 * 1024),
    );
    if (vcpus !== undefined && isV1) writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(quotaUs));
    if (vcpus !== undefined && !isV1) writeFileSync(join(cpu, 'cpu.max'), `${quotaUs} ${CPU_PERIOD_US}`);
  } catch {
    for (const group of groups) if (existsSync(group)) rmdirSync(group);
    return undefined;
  }
  const enter = groups.map((group) => `echo $$ > ${join(group, 'cgroup.procs')}`).join(' && ');
  return {
    by: `control groups (${isV1 ? 'v1' : 'v2'})`,
    // The shell moves itself into the groups and becomes the command, whose children are born in them.
    command: ['/bin/sh', '-c', `${enter} && exec "$@"`, 'sh'],
    processes: () => processesIn(memory),
    exceeded: () => killsIn(memory) > 0,
    async remove() {
      for (const group of groups) await removeGroup(group, performance.now() + REMOVE_WITHIN_MS);
    },
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

/** To find them below their parents takes a look at every process of the machine. */
function processesIn(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    // Removed, and nothing is in it.
    return [];
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
