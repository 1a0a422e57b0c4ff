import type { Size } from 'aws-cdk-lib';

/** The size of a function. CPU and network grow with memory; 1,769 MiB are one vCPU. */
export interface FunctionSizeProps {
  /** Memory, in whole mebibytes from 512 to 10,240. @default Size.mebibytes(2048) */
  readonly memory?: Size;

  /**
   * Size of /tmp, in whole mebibytes from 512 to 10,240. A drill needs about 2.3 times the size of the restored
   * database there.
   *
   * @default - 512 MiB for a backup, which writes no files; 10,240 MiB for a drill, billed only while it runs
   */
  readonly temporaryStorage?: Size;
}
