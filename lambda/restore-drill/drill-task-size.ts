/** What RunTask is told about the size of a drill's task. */
export interface DrillTaskSize {
  /** In CPU units and MB, as the overrides of RunTask have them. */
  readonly cpu: string;
  readonly memory: string;
  readonly memoryMb: number;
  readonly jobs: number;
  readonly walMb: number;
  /** Storage of the task itself. Undefined: its data is on a volume. */
  readonly ephemeralGib: number | undefined;
  /** A volume that is made for the task. Undefined: its own storage is enough. */
  readonly volumeGib: number | undefined;
}

const GIB = 1024 ** 3;
/** What a task has, and the most that it can have (Amazon ECS API Reference, EphemeralStorage). */
const LEAST_EPHEMERAL_GIB = 21;
const MOST_EPHEMERAL_GIB = 200;
/** The images and the bundle lie there too. */
const IMAGES_GIB = 5;
/** The largest gp3 volume (Amazon EBS User Guide, "General Purpose SSD volumes"). */
export const MOST_VOLUME_GIB = 16_384;

/** By the data: vCPU and memory in GB, as Fargate has them together (Amazon ECS Developer Guide, "Task CPU and memory"). */
const SIZES: ReadonlyArray<readonly [upToGib: number, vcpu: number, memoryGb: number]> = [
  [30, 2, 8],
  [200, 4, 16],
  [1000, 8, 32],
  [Number.POSITIVE_INFINITY, 16, 64],
];

/** The size of a task for a server that needs so much disk. Undefined if no volume is that large. */
export function drillTaskSize(diskBytes: number): DrillTaskSize | undefined {
  const dataGib = diskBytes / GIB;
  const walMb = Math.min(16_384, Math.max(1024, Math.round(dataGib * 20)));
  const neededGib = Math.ceil(dataGib + walMb / 1024);
  if (neededGib > MOST_VOLUME_GIB) return undefined;
  const [, vcpu, memoryGb] = SIZES.find(([upTo]) => dataGib <= upTo) ?? [0, 16, 64];
  const ephemeralGib = Math.max(LEAST_EPHEMERAL_GIB, neededGib + IMAGES_GIB);
  const isSmall = ephemeralGib <= MOST_EPHEMERAL_GIB;
  return {
    ...{ cpu: String(vcpu * 1024), memory: String(memoryGb * 1024), memoryMb: memoryGb * 1024 },
    ...{ jobs: Math.max(4, vcpu), walMb },
    ephemeralGib: isSmall ? ephemeralGib : undefined,
    volumeGib: isSmall ? undefined : neededGib,
  };
}
