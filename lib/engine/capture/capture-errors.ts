import type { Epoch } from '../archive/changes/change-records.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { SourceState } from './source-state.ts';

export function notEnabled(source: string): LifeboatError {
  return new LifeboatError({
    code: 'pitr-not-enabled',
    kind: 'usage',
    what: `No changes of ${source} are captured: the vault has no epoch of it, or its last one was ended by \`pitr disable\`.`,
    remedy: 'Run `lifeboat pitr enable` first.',
  });
}

/** False if the host does not tell one of the two system identifiers. */
export function isOtherServer({ server }: Epoch, now: SourceState['server']): boolean {
  const [known, found] = [server.systemIdentifier, now.systemIdentifier];
  return known !== null && found !== null && known !== found;
}

export function otherServer({ source, server }: Epoch, now: SourceState['server']): LifeboatError {
  const version = (number: number) => Math.floor(number / 10_000);
  return new LifeboatError({
    code: 'pitr-other-server',
    kind: 'source',
    what: `This is another server than the one whose changes are captured as ${source}: its system identifier is ${now.systemIdentifier}, and that one's is ${server.systemIdentifier} (PostgreSQL ${version(now.versionNumber)} and ${version(server.versionNumber)}).`,
    meaning:
      'A restored copy of the database must not write into the history of the original. Nothing was captured or changed.',
    remedy:
      'For a copy, use another name (--name). If the source itself moved or was upgraded with a new data directory, run `lifeboat pitr enable --new-server`: it begins a new epoch, and the old one stays restorable.',
  });
}

export function noTimeLeft(seconds: number, transactions: number): LifeboatError {
  return new LifeboatError({
    code: 'capture-out-of-time',
    kind: 'source',
    what: `The stream of changes did not reach the end of a transaction within ${seconds} seconds (${transactions} before it are in the vault).`,
    meaning:
      'Nothing is lost: the slot still holds the changes, and WAL piles up behind it until a capture has read them.',
    remedy:
      'Run `lifeboat capture --longest-poll 60m` once from a machine that has the time; commit large changes in smaller transactions.',
  });
}

export function overtaken(source: string, cause: unknown): LifeboatError {
  return new LifeboatError({
    code: 'capture-overtaken',
    kind: 'vault',
    what: `Other captures of ${source} wrote to the vault at the same time, twice in a row.`,
    meaning: 'Nothing is lost: what they wrote is in the vault, and the slot still holds what came after.',
    remedy: 'Run one capture of a source at a time. The next one goes on from what the vault has.',
    cause,
  });
}

export function slotActive(name: string): LifeboatError {
  return new LifeboatError({
    code: 'pitr-slot-active',
    kind: 'source',
    what: `Another session reads the slot ${name}.`,
    meaning: 'Another capture runs, or the server has not yet noticed that one has died.',
    remedy: 'Try again in a minute.',
  });
}

/** A failure of the source, in the words of a capture: what other sessions read is lost, a slot's changes are not. */
export function captureFailed(failure: unknown): unknown {
  if (!(failure instanceof LifeboatError) || failure.code !== 'source-query-failed') return failure;
  const { code, kind, what, remedy, cause } = failure;
  const meaning =
    'Nothing is lost: what is in the vault stays, and the slot still holds what came after. WAL piles up behind it until a capture has read it.';
  return new LifeboatError({ code, kind, what, meaning, ...(remedy ? { remedy } : {}), cause });
}

/** object_in_use. */
export const SQLSTATE_IN_USE = '55006';
/** undefined_object: the publication that the stream was to have did not exist at that place of the WAL. */
export const SQLSTATE_UNDEFINED_OBJECT = '42704';

/** Of a server's error, wrapped or not. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof LifeboatError) return sqlStateOf(error.cause);
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
