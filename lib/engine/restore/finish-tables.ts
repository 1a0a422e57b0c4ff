import type { ServerTarget } from '../target/server.ts';
import { applyEntries, applyEntry } from './apply-entries.ts';
import { makesRelation } from './archived-schema.ts';
import { relationKey } from './relation-key.ts';
import type { PlannedEntry } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';
import { type Task, TaskQueue } from './run-tasks.ts';

/** What post-data.sql is done in; within one, entries that can wait for no other. */
interface Stages {
  /** Primary keys, unique and exclusion constraints, indexes: side by side. */
  readonly keys: readonly PlannedEntry[];
  /** Indexes of partitions become parts of their parents': quick, one after the other. */
  readonly attachments: readonly PlannedEntry[];
  /** They need the keys of the tables that they refer to: side by side. */
  readonly foreignKeys: readonly PlannedEntry[];
  /** Triggers, rules, policies, statistics, comments, refreshes, publications: in their order. */
  readonly rest: readonly PlannedEntry[];
}

/** Makes keys and indexes, then foreign keys, then everything else that belongs on top of rows. */
export async function finishTables(entries: readonly PlannedEntry[], run: RestoreRun): Promise<void> {
  const { keys, attachments, foreignKeys, rest } = stagesOf(entries);
  const { clock, sessions } = run;
  const count = (items: string, total: number) => ({ items, total });
  await clock.time(
    'keys',
    () => inTasks(largestFirst(keys, run), keyLocks, run),
    count('keys and indexes', keys.length),
  );
  await clock.time(
    'attach',
    () => applyEntries(sessions.main, attachments, run),
    count('indexes of partitions', attachments.length),
  );
  await clock.time(
    'references',
    () => inTasks(largestFirst(foreignKeys, run), (entry) => foreignKeyLocks(entry, run), run),
    count('foreign keys', foreignKeys.length),
  );
  await clock.time('post-data', () => applyEntries(sessions.main, rest, run), count('objects', rest.length));
}

function stagesOf(entries: readonly PlannedEntry[]): Stages {
  // A materialized view that needs a primary key comes late, and its indexes after it.
  const madeLate = new Set(entries.filter(makesRelation).map(({ relation }) => relation));
  const stageOf = ({ type, relation }: PlannedEntry): keyof Stages => {
    if (relation !== undefined && madeLate.has(relation)) return 'rest';
    if (type === 'INDEX' || type === 'CONSTRAINT') return 'keys';
    if (type === 'INDEX ATTACH') return 'attachments';
    return type === 'FK CONSTRAINT' ? 'foreignKeys' : 'rest';
  };
  const stages = Map.groupBy(entries, stageOf);
  return {
    keys: stages.get('keys') ?? [],
    attachments: stages.get('attachments') ?? [],
    foreignKeys: stages.get('foreignKeys') ?? [],
    rest: stages.get('rest') ?? [],
  };
}

async function inTasks(
  entries: readonly PlannedEntry[],
  locksOf: (entry: PlannedEntry) => Task['locks'],
  run: RestoreRun,
): Promise<void> {
  const tasks = entries.map(
    (entry): Task => ({
      locks: locksOf(entry),
      async run(session: ServerTarget) {
        await applyEntry(session, entry, run);
        run.clock.tableDone();
      },
    }),
  );
  const queue = new TaskQueue(tasks);
  await run.sessions.together((session) => queue.work(session));
}

/** CREATE INDEX takes SHARE, which several can have; a constraint takes the table for itself. */
function keyLocks({ type, relation = '', adapted }: PlannedEntry): Task['locks'] {
  return [{ on: relation, alone: type === 'CONSTRAINT' || adapted.length > 1 }];
}

/** ALTER TABLE … ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE on both tables, and on all partitions of each. */
function foreignKeyLocks(
  { relation = '', otherRelation = '' }: PlannedEntry,
  { plan }: RestoreRun,
): Task['locks'] {
  const rootOf = (key: string) => plan.backup.schema.relations.get(key)?.root ?? key;
  return [relation, otherRelation].map((key) => ({ on: rootOf(key), alone: true }));
}

/** So that no session is left alone with the longest work at the end. */
function largestFirst(entries: readonly PlannedEntry[], { plan }: RestoreRun): PlannedEntry[] {
  const sizes = new Map(
    plan.tables.map(({ schema, name, rawBytes }) => [relationKey(schema, name), rawBytes]),
  );
  const sizeOf = ({ relation = '' }: PlannedEntry) => sizes.get(relation) ?? 0;
  return entries.toSorted((a, b) => sizeOf(b) - sizeOf(a));
}
