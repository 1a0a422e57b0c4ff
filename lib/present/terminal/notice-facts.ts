import type { LabelledFact } from './facts.ts';
import { countOf } from './units.ts';

/** What ends a notice of a wait; the pause differs each time. */
const PAUSE = / Trying again in [\d.]+ \w+\.$/;

/** Notices of a run for its summary. One that was given for each of several attempts stands there once. */
export function noticeFacts(notices: readonly string[]): LabelledFact[] {
  const waits = Map.groupBy(notices, (notice) => notice.replace(PAUSE, ''));
  return [...waits].map(([text, all]) => {
    const [first = text] = all;
    const isWait = all.length > 1 && PAUSE.test(first);
    return ['note', isWait ? `${text} It was tried again ${countOf(all.length, 'time')}.` : first];
  });
}
