import type { EgressUnderPlan } from './egress.ts';
import type { CostLine } from './month.ts';
import { backupsAMonth, type Workload } from './workload.ts';

/** A way to pay less, and what it gives up. */
export interface Cheaper {
  readonly what: string;
  /** What is lost by it. */
  readonly but: string;
}

export interface CheaperRequest {
  readonly load: Workload;
  readonly egress: readonly EgressUnderPlan[];
  readonly egressBytes: number;
  readonly lines: readonly CostLine[];
}

/** Shares of a month's bill from which on a part is worth a word. */
const LARGE_SHARE = 0.3;
const LARGE_USD = 1;

/** The ways that would matter for this month, the largest effect first. */
export function cheaperWays({ load, egress, lines }: CheaperRequest): Cheaper[] {
  const all = lines.reduce((sum, { usd }) => sum + usd, 0);
  const isLarge = (part: CostLine['part']) =>
    lines.some((line) => line.part === part && line.usd >= LARGE_USD && line.usd >= LARGE_SHARE * all);
  const leaves = egress.some(({ verdict }) => verdict !== 'fine');
  const ways: ReadonlyArray<readonly [applies: boolean, way: Cheaper]> = [
    [
      leaves && backupsAMonth(load) > 5,
      {
        what: 'Back up less often: once a week instead of every night takes a seventh of the egress.',
        but: 'A disaster then costs up to a week of data, unless changes are captured between the backups (pitr).',
      },
    ],
    [
      leaves && load.captureEveryMinutes === undefined && backupsAMonth(load) > 5,
      {
        what: 'Capture changes (pitr) and back up weekly: what leaves the host then grows with what changes, not with the size.',
        but: 'Tables without a key are only in the weekly backup, and the source keeps WAL for a slot.',
      },
    ],
    [
      leaves,
      {
        what: 'Leave out the rows of tables that can be made again (--exclude-table-data): caches, logs, embeddings.',
        but: 'A restore brings these tables back empty.',
      },
    ],
    [
      leaves,
      {
        what: "Run the backup beside the database, in the host's own network and region, where the host counts that as private.",
        but: 'It must then be able to reach the vault from there.',
      },
    ],
    [
      isLarge('storage'),
      {
        what: 'Keep fewer daily copies, or move the monthly ones to Glacier Instant Retrieval after 30 days (retention).',
        but: 'Fewer days to come back to.',
      },
    ],
    [
      isLarge('scrubs'),
      {
        what: 'Scrub each quarter instead of each month: cron(0 4 2 1,4,7,10 ? *).',
        but: 'What rots is found up to three months later.',
      },
    ],
    [
      isLarge('health'),
      {
        what: 'Measure the health every 15 minutes, or leave it to `lifeboat health` and your own monitor.',
        but: 'The price is that of the metrics; what is measured less often is noticed later.',
      },
    ],
  ];
  return ways.flatMap(([applies, way]) => (applies ? [way] : []));
}
