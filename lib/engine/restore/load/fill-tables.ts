import { analyzeTables } from '../apply/analyze-tables.ts';
import { applyEntries, applyEntry } from '../apply/apply-entries.ts';
import { foreignKeyAdditions, foreignKeyValidations } from '../apply/foreign-keys.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { TaskQueue } from '../apply/run-tasks.ts';
import { TaskGroup, type Work } from '../apply/task-group.ts';
import { watchBuilds } from '../apply/watch-builds.ts';
import { makesRelation } from '../archived/archived-schema.ts';
import { relationKey } from '../archived/relation-key.ts';
import type { PlannedEntry, PlannedTier } from '../plan/restore-plan.ts';
import { isOfEventTrigger } from '../target/event-trigger-silence.ts';
import type { RowLoading } from './row-loading.ts';

/** What post-data.sql is done in. */
interface Stages {
  /** Primary keys, unique and exclusion constraints, indexes, extended statistics: each as soon as its table has its rows. */
  readonly keys: readonly PlannedEntry[];
  /** Indexes of partitions become parts of their parents': quick, one after the other. */
  readonly attachments: readonly PlannedEntry[];
  /** They need the keys of both tables. */
  readonly foreignKeys: readonly PlannedEntry[];
  /** Triggers, rules, policies, comments, refreshes, publications: in their order, when all else is there. */
  readonly rest: readonly PlannedEntry[];
}

/**
 * Loads a tier's rows and makes what belongs on top of them: a table's keys as soon as its rows are there, its references
 * as soon as the keys of both tables are, its statistics when a session has nothing better to do. So no session is idle
 * while another one builds the last large index.
 */
export async function fillTables(
  tier: PlannedTier,
  loading: RowLoading,
  entries: readonly PlannedEntry[],
  run: RestoreRun,
): Promise<void> {
  const { clock, sessions } = run;
  const stages = stagesOf(entries);
  const onDone = () => clock.tableDone();
  const rootOf = (relation: string) => run.plan.backup.schema.relations.get(relation)?.root ?? relation;
  const builds = new Map<number, string>();
  const keys = new TaskGroup(
    largestFirst(stages.keys, run).map((entry) => keyWork(entry, rootOf, loading, builds, run)),
    onDone,
  );
  const attachments = new TaskGroup(attachmentWork(stages.attachments, rootOf, keys, run), onDone);
  // A table that was there before has its keys, and yet no rows to refer to before they are loaded.
  const hasKeys = (relation: string) => [
    ...keys.about(rootOf(relation)),
    ...attachments.tasks,
    ...loading.about(relation),
  ];
  const foreignKeys = largestFirst(stages.foreignKeys, run);
  const additions = new TaskGroup(foreignKeyAdditions(foreignKeys, rootOf, hasKeys, run), onDone);
  const references = new TaskGroup(foreignKeyValidations(foreignKeys, rootOf, additions, run), onDone);
  const statistics = new TaskGroup(
    analyzeTables(tier, run, (relation) => [...loading.about(relation), ...hasKeys(relation)]),
    onDone,
  );
  const groups = [loading, keys, attachments, additions, references, statistics];
  const queue = new TaskQueue(groups.flatMap(({ tasks }) => tasks));
  const watch = watchedBuilds(stages.keys, builds, run);
  const work = sessions.together((session) => queue.work(session)).finally(() => watch.abort());
  // All of it is under way from here on; a phase is what is still missing of it when the one before has ended.
  const phase = (name: string, group: Pick<TaskGroup, 'ended'>, counted?: ReturnType<TaskGroup['begin']>) =>
    clock.time(name, () => Promise.race([group.ended, work]), counted);
  await phase('rows', loading);
  await phase('keys', keys, keys.begin('keys and indexes'));
  await phase('references', references, references.begin('foreign keys'));
  await phase('analyze', statistics, statistics.begin('tables'));
  await work;
  await clock.time('post-data', () => applyEntries(sessions.main, stages.rest, run), {
    items: 'objects',
    total: stages.rest.length,
  });
}

function stagesOf(entries: readonly PlannedEntry[]): Stages {
  // A materialized view that needs a primary key comes late, and its indexes after it.
  const madeLate = new Set(entries.filter(makesRelation).map(({ relation }) => relation));
  const stageOf = ({ type, relation }: PlannedEntry): keyof Stages => {
    if (relation !== undefined && madeLate.has(relation)) return 'rest';
    if (type === 'INDEX' || type === 'CONSTRAINT' || type === 'STATISTICS') return 'keys';
    if (type === 'INDEX ATTACH') return 'attachments';
    return type === 'FK CONSTRAINT' ? 'foreignKeys' : 'rest';
  };
  const stages = Map.groupBy(entries, stageOf);
  return {
    keys: stages.get('keys') ?? [],
    attachments: stages.get('attachments') ?? [],
    foreignKeys: stages.get('foreignKeys') ?? [],
    rest: eventTriggersLast(stages.get('rest') ?? []),
  };
}

/** pg_dump refreshes materialized views after them: those of the backup would act on that, and on nothing else of a restore. */
function eventTriggersLast(entries: readonly PlannedEntry[]): PlannedEntry[] {
  return [
    ...entries.filter((entry) => !isOfEventTrigger(entry)),
    ...entries.filter((entry) => isOfEventTrigger(entry)),
  ];
}

/** CREATE INDEX takes SHARE, which several can have; a constraint takes the table for itself, and so do statistics. */
function keyWork(
  entry: PlannedEntry,
  rootOf: (relation: string) => string,
  loading: RowLoading,
  builds: Map<number, string>,
  run: RestoreRun,
): Work {
  const { relation = '', type, adapted } = entry;
  return {
    about: rootOf(relation),
    locks: [{ on: relation, alone: type !== 'INDEX' || adapted.length > 1 }],
    get after() {
      return loading.about(relation);
    },
    run: (session) => {
      builds.set(session.backendPid, entry.step);
      return run.clock.piece(entry.step, () => applyEntry(session, entry, run));
    },
  };
}

/** One index is not worth another session. */
const WORTH_WATCHING_BYTES = 64 * 1024 * 1024;

/** Watches how far indexes have come, if somebody wants to know and the server has a connection to spare. */
function watchedBuilds(
  entries: readonly PlannedEntry[],
  builds: ReadonlyMap<number, string>,
  { plan, clock, sessions }: RestoreRun,
): AbortController {
  const stop = new AbortController();
  const isWorth = entries.length > 0 && plan.rawBytes >= WORTH_WATCHING_BYTES;
  if (clock.isWatched && isWorth && plan.target.freeConnections > plan.jobs) {
    void watchBuilds(
      () => sessions.openObserver(),
      clock,
      (pid) => builds.get(pid),
      stop.signal,
    );
  }
  return stop;
}

function attachmentWork(
  entries: readonly PlannedEntry[],
  rootOf: (relation: string) => string,
  keys: TaskGroup,
  run: RestoreRun,
): Work[] {
  const trees = Map.groupBy(entries, ({ relation = '' }) => rootOf(relation));
  return [...trees].map(([root, some]) => ({
    about: root,
    locks: [{ on: root, alone: true }],
    after: keys.about(root),
    run: (session) => applyEntries(session, some, run),
  }));
}

/** So that no session is left alone with the longest work at the end. */
function largestFirst(entries: readonly PlannedEntry[], { plan }: RestoreRun): PlannedEntry[] {
  const sizes = new Map(
    plan.tables.map(({ schema, name, rawBytes }) => [relationKey(schema, name), rawBytes]),
  );
  const sizeOf = ({ relation = '' }: PlannedEntry) => sizes.get(relation) ?? 0;
  return entries.toSorted((a, b) => sizeOf(b) - sizeOf(a));
}
