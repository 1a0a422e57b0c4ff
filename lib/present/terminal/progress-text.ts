import type { Progress, TimeAhead } from '../../engine/ground/progress.ts';
import { cutTo } from './printable.ts';
import { formatBytes, formatClock, formatCount } from './units.ts';

export interface ProgressFacts {
  readonly progress: Progress;
  /** What `tablesDone` counts. */
  readonly items: string;
  readonly elapsedMs: number;
  readonly bytesPerSecond: number | undefined;
  /** Over the whole phase. @default bytesPerSecond */
  readonly averageBytesPerSecond?: number | undefined;
  /** What the run says of itself. It counts more than bytes do, so an estimate by bytes gives way to it. */
  readonly ahead?: TimeAhead | undefined;
}

const PHASE_COLUMNS = 9;

/** `copy       12/40 tables  123 MB of 410 MB  45.2 MB/s  ETA 0:07  0:12`, within `columns`. */
export function progressText(
  {
    progress,
    items,
    elapsedMs,
    bytesPerSecond,
    averageBytesPerSecond = bytesPerSecond,
    ahead,
  }: ProgressFacts,
  columns: number,
): string {
  const { phase, tablesDone, tablesTotal, expectedBytes } = progress;
  // A phase that counts its own items (indexes, say) moves no bytes: another phase's bytes would mislead.
  const rawBytes = progress.items === undefined ? progress.rawBytes : 0;
  // An estimate says nothing any more once everything is there.
  const isOpen = tablesDone < tablesTotal || tablesTotal === 0;
  const known = isOpen && expectedBytes !== undefined && expectedBytes > 0 ? expectedBytes : undefined;
  const left = known === undefined ? 0 : known - rawBytes;
  const moving = rawBytes > 0 && bytesPerSecond !== undefined && bytesPerSecond >= 1;
  const parts = [
    ...(tablesTotal > 0
      ? [`${formatCount(tablesDone)}/${formatCount(tablesTotal)} ${progress.items ?? items}`]
      : []),
    // An estimate that was too small is no longer worth showing.
    ...(rawBytes > 0
      ? [left >= 0 && known ? `${formatBytes(rawBytes)} of ${formatBytes(known)}` : formatBytes(rawBytes)]
      : []),
    ...(moving ? [`${formatBytes(bytesPerSecond)}/s`] : []),
    ...(ahead ? [`${Math.min(99, Math.floor(ahead.share * 100))} %`] : []),
    ...(ahead
      ? [`ETA ${formatClock(ahead.remainingMs + 999)}`]
      : moving && left > 0 && averageBytesPerSecond
        ? [`ETA ${formatClock((left / averageBytesPerSecond) * 1000 + 999)}`]
        : []),
    formatClock(elapsedMs),
  ];
  // One column stays free: a terminal that wraps at its last one would scroll with every redraw.
  return cutTo(`${phase.padEnd(PHASE_COLUMNS)}  ${parts.join('  ')}`, columns - 1);
}
