import { setTimeout as pause } from 'node:timers/promises';
import type { PhaseClock } from '../../proof/phase-clock.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';

/** How often the server is asked. It costs the server less than a millisecond. */
const EVERY_MS = 1000;

/**
 * How far CREATE INDEX has come, from pg_stat_progress_create_index (from 12 on). A B-tree reads the table, sorts it,
 * which has no figures, and writes the index: 60, 10 and 30 of a hundred are an estimate, not a measurement. Other methods report
 * the pages that they have read.
 */
const BUILDS = `
  SELECT p.pid::pg_catalog.text AS pid, p.phase, p.blocks_done::pg_catalog.text AS blocks, p.blocks_total::pg_catalog.text AS all_blocks,
         p.tuples_done::pg_catalog.text AS tuples, p.tuples_total::pg_catalog.text AS all_tuples
    FROM pg_catalog.pg_stat_progress_create_index p WHERE p.datname = pg_catalog.current_database()`;

type Row = Readonly<Record<string, string | null>>;

/** The share of a build that is done, from 0 to 1; undefined where the server does not say. */
export function shareOfBuild({ phase, blocks, all_blocks, tuples, all_tuples }: Row): number | undefined {
  const part = (done: string | null | undefined, all: string | null | undefined) =>
    Number(all) > 0 ? Math.min(1, Number(done) / Number(all)) : undefined;
  const read = part(blocks, all_blocks);
  const written = part(tuples, all_tuples);
  if (phase?.includes('loading tuples in tree')) return 0.7 + 0.3 * (written ?? 0);
  if (phase?.includes('sorting live tuples')) return 0.6;
  if (phase?.includes('scanning table')) return read === undefined ? undefined : 0.6 * read;
  return phase === 'building index' ? read : undefined;
}

/**
 * Watches builds in a session of its own until `signal` aborts. `pieceOf` says which piece a backend works on. If the
 * server does not answer, or has no such view, the clock goes without.
 */
export async function watchBuilds(
  open: () => Promise<ServerTarget>,
  clock: PhaseClock,
  pieceOf: (pid: number) => string | undefined,
  signal: AbortSignal,
): Promise<void> {
  let session: ServerTarget | undefined;
  try {
    session = await open();
    while (!signal.aborted) {
      const { rows } = await session.execute(BUILDS);
      for (const row of rows) {
        const piece = pieceOf(Number(row.pid));
        const share = shareOfBuild(row);
        if (piece !== undefined && share !== undefined) clock.reached(piece, share);
      }
      await pause(EVERY_MS, undefined, { signal });
    }
  } catch {
    // Nobody's restore fails because of a figure.
  } finally {
    await session?.close();
  }
}
