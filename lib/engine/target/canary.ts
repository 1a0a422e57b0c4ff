import { RowDigest } from '../copy-text/row-digest.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import type { Target } from './target.ts';
import { TargetStatementError } from './target.ts';

const CANARY_DEADLINE_MS = 30_000;

/**
 * Checks a target with queries whose answers are known: a sum, a hash, a streamed COPY, and a statement that
 * it must refuse. A dead PGlite answers "success, no rows" to everything, and an empty table would then
 * match. So this runs before and after a comparison. Throws `target-canary-failed`.
 */
export async function runCanaries(target: Target): Promise<void> {
  const options = { deadlineMs: CANARY_DEADLINE_MS };
  const { tag, rows } = await target.execute(
    `SELECT sum(n) AS sum, md5('lifeboat') AS md5 FROM generate_series(1, 100) AS n`,
    options,
  );
  const row = rows[0];
  if (tag !== 'SELECT 1' || row?.sum !== '5050' || row.md5 !== '63ea64f8ba9ec501993aa122ac4fd79d') {
    throw canaryFailed('a sum and a hash came back wrong');
  }
  const copied = await target.copyOut('SELECT n FROM generate_series(1, 3) AS n', options);
  const expected = new RowDigest();
  expected.update(Buffer.from('1\n2\n3\n'));
  if (copied.digest !== expected.finish().digest) throw canaryFailed('a COPY of three rows came back wrong');
  const refusal = await target.execute('SELECT 1/0', options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal === undefined) throw canaryFailed('a division by zero succeeded');
  if (!(refusal instanceof TargetStatementError)) throw refusal;
  if (refusal.sqlState !== '22012') throw canaryFailed(`a division by zero said ${messageOf(refusal)}`);
}

function canaryFailed(why: string): LifeboatError {
  return new LifeboatError({
    code: 'target-canary-failed',
    kind: 'drill',
    what: `The target gave a wrong answer to a question whose answer is known: ${why}.`,
    meaning: 'None of its answers can be trusted, so this drill has no result.',
    remedy: 'Run the drill again; if it happens again, drill into a server instead.',
  });
}
