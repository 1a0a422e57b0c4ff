import type { SourceState } from '../../engine/health/status/status.ts';
import type { KeptReason, Outlook } from '../../engine/keep/outlook.ts';
import type { SourceStatus, StatusBackup, VaultStatus } from '../../engine/status/vault-status.ts';
import { countOf, formatAge } from './units.ts';

/** The answer to "am I safe?", in a word or two. */
export const STATE_WORDS: Readonly<Record<SourceState, string>> = {
  ok: 'Safe',
  warning: 'Safe, look soon',
  critical: 'Not safe',
  stale: 'Not known',
};

/** The answer for one source, in one line. */
export function answerOf({ concerns, newestAt, provenAt, limits }: SourceStatus, now: Date): string {
  const [worst] = concerns;
  if (worst && worst.state !== 'warning') return worst.what;
  const ago = (at: Date | undefined) => (at ? `${formatAge(now.getTime() - at.getTime())} old` : 'missing');
  const backup = `The newest backup is ${ago(newestAt)}`;
  if (limits.proofSeconds === undefined) return `${backup}. Nobody drills this source.`;
  return newestAt?.getTime() === provenAt?.getTime()
    ? `${backup}, and a drill has restored it.`
    : `${backup}; the newest that a drill has restored is ${ago(provenAt)}.`;
}

/** The answer for all of them, in one line. */
export function answerOfAll({ sources }: VaultStatus): string {
  const of = (state: SourceState) => sources.filter((one) => one.state === state).length;
  const all = countOf(sources.length, 'database');
  if (sources.length === 0) return 'There is no backup here.';
  if (of('critical') > 0)
    return `${of('critical')} of ${all} ${of('critical') === 1 ? 'is' : 'are'} not safe.`;
  if (of('stale') > 0) return `Of ${of('stale')} of ${all} nobody knows.`;
  const safe = sources.length === 1 ? 'The database is safe' : `All ${all} are safe`;
  if (of('warning') === 0) return `${safe}.`;
  return sources.length === 1
    ? `${safe}, but somebody should look.`
    : `${safe}; somebody should look at ${of('warning')} of them.`;
}

const KEPT: Readonly<Record<KeptReason, string>> = {
  newest: 'kept: the newest proven one',
  'nothing-newer': 'kept: nothing newer is proven',
  'on-hold': 'kept: on hold',
  unreadable: 'kept: damaged',
  'no-rule': 'kept: no rule concerns it',
};

/** When a backup goes, or why it stays. */
export function outlookWords(outlook: Outlook | undefined): string {
  if (!outlook) return 'not known';
  if (outlook.state === 'kept') return KEPT[outlook.reason];
  const day = outlook.at.toISOString().slice(0, 10);
  switch (outlook.state) {
    case 'going':
      return `${day}, marked`;
    case 'prunable':
      return `${day}, by prune`;
    case 'expires-by-age':
      return `${day}, by age alone`;
    default:
      return day;
  }
}

/** `proven`, `not proven`, `a part`, `damaged`: what a backup is worth. */
export const WORTHS = {
  proven: 'proven by a drill',
  sealed: 'not proven',
  part: 'a part, or no rows',
  damaged: 'damaged',
} as const;
export type Worth = keyof typeof WORTHS;

export function worthOf({ problem, contents, proof, scrub }: StatusBackup): Worth {
  if (problem !== undefined || contents === undefined || scrub?.verdict === 'damaged') return 'damaged';
  if (contents.scope !== 'full') return 'part';
  return proof ? 'proven' : 'sealed';
}
