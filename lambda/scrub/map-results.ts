import * as v from 'valibot';
import { type BackupPlace, backupPrefix } from '../../lib/engine/archive/keys.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { firstFault, text } from '../../lib/engine/ground/shapes.ts';
import type { TaskResult } from '../../lib/engine/scrub/check-batch.ts';
import type { BatchOutcome } from '../../lib/engine/scrub/judge-backups.ts';
import { type ObjectStore, readObject } from '../../lib/engine/storage/object-store.ts';

/** The file that Step Functions writes last (Developer Guide, "ResultWriter (Map)": manifest.json). */
const resultManifest = v.object({
  ResultFiles: v.object({ SUCCEEDED: v.array(v.object({ Key: text })) }),
});

type Answer =
  | { readonly results: readonly TaskResult[] }
  | {
      readonly unread: ReadonlyArray<{ readonly place: BackupPlace; readonly number: number }>;
      readonly failure: { readonly Error?: string; readonly Cause?: string };
    };

/**
 * Reads what the batches answered, one line for each (ResultWriter with `COMPACT` and `JSONL`). Holds one line at a time.
 * Batches that failed in spite of the catcher are in other files; their tasks are missed by the judge.
 */
export async function* outcomesOf(
  workStore: ObjectStore,
  manifestKey: string | undefined,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<BatchOutcome> {
  if (manifestKey === undefined) return;
  const file = v.safeParse(
    resultManifest,
    JSON.parse((await readObject(workStore, manifestKey, options)).toString()),
  );
  if (!file.success) throw unknownResults(manifestKey, firstFault(file.issues));
  for (const { Key } of file.output.ResultFiles.SUCCEEDED) {
    for await (const line of linesOf(workStore.get(Key, options))) {
      const answer = JSON.parse(line) as Answer;
      yield 'results' in answer
        ? answer
        : { unread: answer.unread.map(named), reason: reasonOf(answer.failure) };
    }
  }
}

function named({ place, number }: { readonly place: BackupPlace; readonly number: number }) {
  return { backup: backupPrefix(place).slice(0, -1), number };
}

/** Lambda wraps the message of an error into JSON. */
function reasonOf({
  Error: name = 'unknown',
  Cause = '',
}: {
  readonly Error?: string;
  readonly Cause?: string;
}): string {
  try {
    const { errorMessage } = JSON.parse(Cause) as { errorMessage?: unknown };
    if (typeof errorMessage === 'string') return errorMessage;
  } catch {
    // Step Functions' own errors are plain text.
  }
  return `${name}: ${Cause}`;
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

function unknownResults(key: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'scrub-results-unknown',
    kind: 'internal',
    what: `${key}, which Step Functions wrote, cannot be understood: ${problem}.`,
    meaning: 'Nobody knows what the scrub found.',
    remedy: 'Please report it. Until then scrub on a machine: `lifeboat verify --all --record`.',
  });
}
