import { ASSUMED_DRILL_BYTES_PER_SECOND } from '../../lib/contract/assumed-rates.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { majorOf } from '../../lib/engine/connection/server-major.ts';
import { estimateDrillBytes, megabytes } from '../../lib/engine/target/disk-room.ts';
import { EMBEDDED_EXTENSIONS } from '../../lib/engine/target/embedded/embedded-extensions.ts';
import { EMBEDDED_MAJOR } from '../../lib/engine/target/embedded/embedded-major.ts';

/** What the function has for a drill in itself. */
export interface DrillRoom {
  readonly freeBytes: number;
  readonly remainingMs: number;
}

/** Reckoned from 10 million short rows in 64 s on one processor, with less than that speed, for a function has less. */
const ROWS_PER_MS = 120;
/** For the start, and to stop in an orderly way. */
const MARGIN_MS = 60_000;

/** Why a backup cannot be proven in full inside the function, as far as its manifest tells. Empty if it can. */
export function whyNotHere(manifest: Manifest, room: DrillRoom): string[] {
  const { extensions, server } = manifest;
  const unknown = extensions.map(({ name }) => name).filter((name) => !EMBEDDED_EXTENSIONS.has(name));
  return [
    ...whyTooLarge(manifest, room),
    ...reasons([
      [unknown.length > 0, `the embedded PostgreSQL has no ${unknown.join(', ')}`],
      [
        majorOf(server) > EMBEDDED_MAJOR,
        `it is of PostgreSQL ${majorOf(server)}, and the embedded one is ${EMBEDDED_MAJOR}`,
      ],
      [server.encoding === 'SQL_ASCII', 'the embedded PostgreSQL holds UTF-8 only, and the source SQL_ASCII'],
    ]),
  ];
}

/** Why the rows of a backup do not fit into the function, or not into its time. Empty if they do. */
export function whyTooLarge(manifest: Manifest, { freeBytes, remainingMs }: DrillRoom): string[] {
  const { totals } = manifest;
  const neededBytes = estimateDrillBytes(manifest);
  const neededMs =
    MARGIN_MS + (totals.rawBytes * 1000) / ASSUMED_DRILL_BYTES_PER_SECOND + totals.rows / ROWS_PER_MS;
  return reasons([
    [
      neededBytes > freeBytes,
      `it needs about ${megabytes(neededBytes)} of disk, and ${megabytes(freeBytes)} are free`,
    ],
    [
      neededMs > remainingMs,
      `it would take about ${minutes(neededMs)} minutes, and the function has ${minutes(remainingMs)}`,
    ],
  ]);
}

function reasons(all: ReadonlyArray<readonly [isSo: boolean, reason: string]>): string[] {
  return all.flatMap(([isSo, reason]) => (isSo ? [reason] : []));
}

function minutes(ms: number): number {
  return Math.ceil(ms / 60_000);
}
