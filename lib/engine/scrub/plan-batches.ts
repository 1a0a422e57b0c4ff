import type { BackupPlace } from '../archive/keys.ts';
import type { ManifestFile } from '../archive/read-manifest.ts';
import { rowsObjects } from '../archive/stored-objects.ts';
import { type ExpectedRows, expectedOf, type ScrubBatch, type ScrubTask } from './scrub-batch.ts';

/**
 * A batch is full with the first of these. A function on one processor reads and checks 2 GB of stored rows, or 8 GB of
 * raw ones, in less than a minute (docs/deploy.md, "What a scrub costs"), so a single object may be twenty times as large
 * before the 15 minutes of a function are too short.
 */
const MOST_STORED_BYTES = 2 * 1024 ** 3;
const MOST_RAW_BYTES = 8 * 1024 ** 3;
/**
 * The input of a state, and its output, may have 256 KiB (AWS Step Functions Developer Guide, "Quotas related to task
 * executions"). The answer names each object again if all are damaged, so the input has half of it.
 */
const MOST_INPUT_BYTES = 128 * 1024;
/** Of one batch: small objects wait for the vault's answers and not for the processor. */
const MOST_OBJECTS = 400;

/** The tasks of one backup: the texts first, then its chunks in the order of the manifest. */
export function* tasksOf(place: BackupPlace, { manifest, sha256 }: ManifestFile): Generator<SizedTask> {
  let number = 0;
  yield {
    task: { kind: 'texts', place: onlyPlace(place), number, sha256 },
    ...sumOf(manifest.objects.map((object) => ({ ...object, rawBytes: object.sizeBytes }))),
  };
  const recipients = manifest.encryption?.recipients;
  for (const chunks of grouped(rowsObjects(manifest).map(expectedOf))) {
    number += 1;
    yield {
      task: {
        ...{ kind: 'chunks', place: onlyPlace(place), number, chunks },
        ...(recipients && { recipients }),
      },
      ...sumOf(chunks),
    };
  }
}

/** A task with what it costs. */
export interface SizedTask {
  readonly task: ScrubTask;
  readonly objects: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

/**
 * Fills batches by the size of their objects. Step Functions itself could batch by the number of items only: to it, an
 * object of 40 GB and one of 4 kB are the same.
 */
export class BatchFiller {
  #tasks: ScrubTask[] = [];
  #objects = 0;
  #storedBytes = 0;
  #rawBytes = 0;
  #inputBytes = 0;

  /** Takes a task; returns the batch that was full before it. */
  add({ task, objects, storedBytes, rawBytes }: SizedTask): ScrubBatch | undefined {
    const inputBytes = Buffer.byteLength(JSON.stringify(task));
    const isFull =
      this.#tasks.length > 0 &&
      (this.#objects + objects > MOST_OBJECTS ||
        this.#storedBytes + storedBytes > MOST_STORED_BYTES ||
        this.#rawBytes + rawBytes > MOST_RAW_BYTES ||
        this.#inputBytes + inputBytes > MOST_INPUT_BYTES);
    const full = isFull ? this.rest() : undefined;
    this.#tasks.push(task);
    this.#objects += objects;
    this.#storedBytes += storedBytes;
    this.#rawBytes += rawBytes;
    this.#inputBytes += inputBytes;
    return full;
  }

  /** What is left at the end; undefined if nothing is. */
  rest(): ScrubBatch | undefined {
    if (this.#tasks.length === 0) return undefined;
    const tasks = this.#tasks;
    this.#tasks = [];
    this.#objects = this.#storedBytes = this.#rawBytes = this.#inputBytes = 0;
    return { tasks };
  }
}

/** Cuts the objects with rows into groups of which each fits into a batch. A larger object is alone. */
function* grouped(objects: Iterable<ExpectedRows>): Generator<ExpectedRows[]> {
  let group: ExpectedRows[] = [];
  let [storedBytes, rawBytes, inputBytes] = [0, 0, 0];
  for (const object of objects) {
    const objectInput = Buffer.byteLength(JSON.stringify(object));
    const isFull =
      group.length >= MOST_OBJECTS ||
      storedBytes + object.sizeBytes > MOST_STORED_BYTES ||
      rawBytes + object.rawBytes > MOST_RAW_BYTES ||
      // The rest of a task has room above this limit.
      inputBytes + objectInput > MOST_INPUT_BYTES;
    if (isFull && group.length > 0) {
      yield group;
      group = [];
      [storedBytes, rawBytes, inputBytes] = [0, 0, 0];
    }
    group.push(object);
    storedBytes += object.sizeBytes;
    rawBytes += object.rawBytes;
    inputBytes += objectInput;
  }
  if (group.length > 0) yield group;
}

function sumOf(objects: ReadonlyArray<Pick<ExpectedRows, 'sizeBytes' | 'rawBytes'>>) {
  return {
    objects: objects.length,
    storedBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    rawBytes: objects.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
  };
}

function onlyPlace({ retentionClass, source, backupId }: BackupPlace): BackupPlace {
  return { retentionClass, source, backupId };
}
