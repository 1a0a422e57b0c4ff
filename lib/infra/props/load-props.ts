/** Limits the load of a backup on its source. */
export interface LoadProps {
  /**
   * Connections that copy at the same time, at most a quarter of the free ones.
   *
   * @default 4
   */
  readonly jobs?: number;

  /**
   * Megabytes of rows to read per second at most, over all connections.
   *
   * @default - no limit
   */
  readonly maxMegabytesPerSecond?: number;
}
