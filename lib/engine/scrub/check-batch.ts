import { manifestKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import type { ScrubProblem } from '../archive/scrub-record.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkEach } from '../verify/check-each.ts';
import { checkRows } from '../verify/check-object.ts';
import { checkProof } from '../verify/check-proof.ts';
import { checkTextObject, type SoundTexts } from '../verify/check-text-object.ts';
import { contradictionsOf } from '../verify/contradictions.ts';
import { manifestProblem } from '../verify/manifest-problem.ts';
import type { CheckedObject } from '../verify/verification-items.ts';
import type { ScrubBatch, ScrubTask } from './scrub-batch.ts';

/** What one task found. */
export interface TaskResult {
  /** The backup's name. */
  readonly backup: string;
  readonly number: number;
  readonly objects: number;
  readonly readBytes: number;
  readonly problems: readonly ScrubProblem[];
}

export interface CheckBatchOptions {
  readonly signal?: AbortSignal;
  /** Objects that are read at the same time. @default 4 */
  readonly concurrency?: number;
  /**
   * Of the last attempt: what the vault does not return is a result too, so that it does not hide what is damaged beside
   * it. When the signal aborts, what was found until then is the result. @default false
   */
  readonly isLast?: boolean;
}

/**
 * What one run may answer: the output of a state may have 256 KiB, and no catcher of `States.ALL` catches one that is
 * larger (AWS Step Functions Developer Guide, "Handling errors in Step Functions workflows": States.DataLimitExceeded).
 */
const ANSWER_BYTES = 200 * 1024;
/** Names and figures of a result, without its problems. */
const RESULT_BYTES = 200;

/**
 * Checks a batch as `verify` does. A damaged object is a result. Throws `scrub-unreadable` if the vault did not return an
 * object and another attempt follows.
 */
export async function checkBatch(
  store: ObjectStore,
  { tasks }: ScrubBatch,
  options: CheckBatchOptions = {},
): Promise<TaskResult[]> {
  const results: TaskResult[] = [];
  const most = ANSWER_BYTES / tasks.length - RESULT_BYTES;
  const add = (result: TaskResult) =>
    results.push({ ...result, problems: withinBytes(result.problems, most) });
  for (const task of tasks) {
    try {
      add(await checkTask(store, task, options));
    } catch (error) {
      if (!options.isLast) throw error;
      // Tasks without a result count as not read.
      if (options.signal?.aborted) return results;
      add(notRead(task, error));
    }
  }
  return results;
}

/** As many problems as fit, damage first; of the first one at least a part, so that the verdict stays. */
function withinBytes(problems: readonly ScrubProblem[], most: number): ScrubProblem[] {
  const sorted = problems.toSorted(
    (a, b) => Number(b.verdict === 'damaged') - Number(a.verdict === 'damaged'),
  );
  const fitting: ScrubProblem[] = [];
  let bytes = 0;
  for (const problem of sorted) {
    bytes += Buffer.byteLength(JSON.stringify(problem));
    if (bytes > most) break;
    fitting.push(problem);
  }
  const [first] = sorted;
  // A character may need six bytes in JSON.
  const cut = (text: string) => text.slice(0, Math.max(20, Math.floor(most / 20)));
  return first && fitting.length === 0
    ? [{ ...first, name: cut(first.name), problem: cut(first.problem) }]
    : fitting;
}

function notRead({ place, number }: ScrubTask, error: unknown): TaskResult {
  const backup = nameOfBackup(place);
  const problem = `could not be read in part: ${messageOf(error)}`;
  return {
    backup,
    number,
    objects: 0,
    readBytes: 0,
    problems: [{ name: backup, verdict: 'unreadable', problem }],
  };
}

async function checkTask(
  store: ObjectStore,
  task: ScrubTask,
  options: CheckBatchOptions,
): Promise<TaskResult> {
  const { checked, others } =
    task.kind === 'texts' ? await checkTexts(store, task, options) : await checkChunks(store, task, options);
  const unreadable = checked.find(({ check }) => check.verdict === 'unreadable');
  if (unreadable && !options.isLast) throw couldNotRead(store, unreadable);
  const problems = [
    ...checked.flatMap(({ key, check: { verdict, problem } }): ScrubProblem[] =>
      verdict === 'match' || problem === undefined ? [] : [{ name: key, verdict, problem }],
    ),
    ...others,
  ];
  return {
    backup: nameOfBackup(task.place),
    number: task.number,
    objects: checked.length,
    readBytes: checked.reduce((sum, { check }) => sum + check.readBytes, 0),
    problems,
  };
}

interface Checked {
  readonly checked: readonly CheckedObject[];
  readonly others: readonly ScrubProblem[];
}

async function checkChunks(
  store: ObjectStore,
  { chunks, recipients }: ScrubTask & { kind: 'chunks' },
  options: CheckBatchOptions,
): Promise<Checked> {
  const { signal } = options;
  const checked = await checkEach(chunks, options, (object) =>
    checkRows(store, { ...object, chunks: object.parts ?? [object] }, { signal, recipients }),
  );
  return { checked, others: [] };
}

/** Reads the manifest again, because it is compared with the texts of its backup. */
async function checkTexts(
  store: ObjectStore,
  { place, sha256 }: ScrubTask & { kind: 'texts' },
  options: CheckBatchOptions,
): Promise<Checked> {
  const { signal } = options;
  const cancel = signal ? { signal } : {};
  const damaged = (name: string, problem: string): ScrubProblem => ({ name, verdict: 'damaged', problem });
  const read = await readManifestFile(store, place, cancel).catch((error: unknown) => {
    if (error instanceof LifeboatError && isAboutManifest(error)) return error;
    throw error;
  });
  // It was readable when the scrub began. If it has expired since, the end of the scrub finds that out.
  if (read instanceof LifeboatError)
    return { checked: [], others: [damaged(manifestKey(place), manifestProblem(place, read))] };
  const { manifest } = read;
  const sound: SoundTexts = new Map();
  const checked = await checkEach(manifest.objects, options, (object) =>
    checkTextObject(store, object, manifest, sound, signal),
  );
  const proof = (await checkProof(store, place, read.sha256, cancel))?.item;
  if (proof?.verdict === 'unreadable' && !options.isLast)
    throw couldNotRead(store, { key: proof.name, check: proof });
  const changed =
    read.sha256 === sha256 ? [] : [damaged(manifestKey(place), 'is not the one that the scrub began with')];
  return {
    checked,
    others: [
      ...changed,
      ...contradictionsOf(manifest, sound).map(({ name, problem }) => damaged(name, problem)),
      ...(proof?.problem === undefined || proof.verdict === 'match'
        ? []
        : [{ name: proof.name, verdict: proof.verdict, problem: proof.problem }]),
    ],
  };
}

function isAboutManifest({ kind, code }: LifeboatError): boolean {
  return kind === 'verification' || code === 'backup-unfinished';
}

function couldNotRead(
  store: ObjectStore,
  { key, check }: { readonly key: string; readonly check: { readonly problem?: string } },
): LifeboatError {
  return new LifeboatError({
    code: 'scrub-unreadable',
    kind: 'vault',
    what: `${key} in ${store.url} ${check.problem ?? 'could not be read'}.`,
    meaning: 'Nobody knows whether the object is damaged.',
    remedy: 'Find out why the vault refuses, and start the scrub again.',
  });
}
