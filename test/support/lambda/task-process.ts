import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { keptDirectory } from '../run-directory.ts';
import { limitResources, peakMemoryMb, processTree, type ResourceLimit } from './resource-limit.ts';
import type { SynthesizedContainer, SynthesizedTask } from './synthesized-task.ts';

export interface EndedContainer {
  readonly exitCode: number | null;
  readonly log: string;
  readonly peakMemoryMb: number;
}

export interface TaskProcess {
  /** Resolves when the first container has fetched the code, or failed to. */
  readonly fetched: Promise<EndedContainer>;
  readonly ended: Promise<EndedContainer>;
  /** Everything that the program has written so far. */
  log(): string;
  peakMemoryMb(): number;
  /** What ECS sends first. */
  terminate(): void;
  remove(): Promise<void>;
}

const MEASURE_EVERY_MS = 100;

/**
 * Runs a task's containers as Fargate would: one after the other, each command as the template has it, as its user without
 * capabilities, with nothing writable but its volumes, which belong to root.
 */
export function startTask(
  task: SynthesizedTask,
  variables: Readonly<Record<string, string>>,
  { memoryMb = task.memoryMb, vcpus }: { memoryMb?: number; vcpus?: number } = {},
): TaskProcess {
  // Not in memory, where what a task writes would count as its own: Fargate's disk does not.
  const directory = mkdtempSync(join(keptDirectory(), 'lifeboat-task-'));
  const volumes = join(directory, 'volumes');
  const limit = limitResources({ memoryMb, ...(vcpus !== undefined && { vcpus }) });
  const [first, main] = task.containers;
  if (!first || !main) throw new Error('the task has no two containers');
  let running: { child: ChildProcess; log: string; peakMb: number } | undefined;
  let isTerminated = false;

  function run(
    container: SynthesizedContainer,
    more: Readonly<Record<string, string>>,
  ): Promise<EndedContainer> {
    const [program = '', ...rest] = [...(limit?.command ?? []), ...inContainer(container, volumes)];
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/var/lang/bin:/usr/bin:/bin', ...container.variables, ...more },
    });
    const state = { child, log: '', peakMb: 0 };
    running = state;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        state.log += text;
      });
    }
    const watch = setInterval(() => measure(state, limit), MEASURE_EVERY_MS);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => {
        clearInterval(watch);
        resolve({ exitCode, log: state.log, peakMemoryMb: state.peakMb });
      });
    });
  }

  const fetched = run(first, variables);
  const ended = fetched.then((one) => {
    // `dependsOn` with SUCCESS: otherwise ECS stops the task.
    if (one.exitCode !== 0) return one;
    // A container that never started has no exit code.
    if (isTerminated) return { ...one, exitCode: null };
    return run(main, variables);
  });
  return {
    fetched,
    ended,
    log: () => running?.log ?? '',
    peakMemoryMb: () => running?.peakMb ?? 0,
    terminate() {
      isTerminated = true;
      const { pid } = running?.child ?? {};
      // To the container's first process, as ECS does: bubblewrap and the shell around it are not in the container.
      const node = pid === undefined ? undefined : processTree(pid).findLast(isNode);
      if (node !== undefined) process.kill(node, 'SIGTERM');
    },
    async remove() {
      running?.child.kill('SIGKILL');
      await ended.catch(() => {});
      await limit?.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function measure(state: { child: ChildProcess; peakMb: number }, limit: ResourceLimit | undefined): void {
  const { pid } = state.child;
  if (pid === undefined) return;
  const processes = limit?.processes() ?? processTree(pid);
  state.peakMb = Math.max(state.peakMb, ...processes.map(peakMemoryMb));
}

function isNode(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith('/node');
  } catch {
    return false;
  }
}

const SYSTEM = ['/usr', '/lib', '/lib64', '/bin', '/etc/resolv.conf', '/etc/hosts'];

/** The volumes are root's, closed to writing for others, as those of Fargate are. */
function inContainer(container: SynthesizedContainer, volumes: string): string[] {
  if (!container.readonlyRoot) throw new Error(`${container.name} may write to its root`);
  const isRoot = process.getuid?.() === 0;
  const [uid = '', gid = ''] = container.user.split(':');
  const mounts = container.mounts.flatMap(({ volume, path, readOnly }) => {
    const folder = join(volumes, volume);
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
      if (isRoot) chownSync(folder, 0, 0);
    }
    return [readOnly ? '--ro-bind' : '--bind', folder, path];
  });
  const capabilities = ['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`]);
  return [
    ...['bwrap', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent', '--new-session'],
    ...(isRoot ? capabilities : ['--unshare-user', '--uid', uid, '--gid', gid]),
    ...['/etc', '/var', '/var/lang'].flatMap((path) => ['--dir', path]),
    ...SYSTEM.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]),
    ...['--ro-bind', dirname(realpathSync(process.execPath)), '/var/lang/bin', ...mounts],
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/'],
    ...(isRoot
      ? [
          ...['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
          ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'],
        ]
      : []),
    ...container.command,
  ];
}
