import type { LogEntry } from '../archive/changes/change-records.ts';
import { soFarWith } from '../archive/changes/so-far.ts';
import type { SourceState } from './source-state.ts';

/** What an entry says of the catalog that was seen. */
export function catalogOf({ catalogHash, publicationHash, xmin }: SourceState): LogEntry['before'] {
  return { catalogHash, publicationHash, xmin };
}

/** What an entry says of the slot. */
export function slotOf({ slot }: SourceState): LogEntry['slot'] {
  return {
    restartLsn: slot?.restartLsn ?? null,
    heldWalBytes: slot?.heldWalBytes ?? 0,
    walStatus: slot?.walStatus ?? null,
  };
}

/** What an entry says of its epoch up to it. */
export function soFarOf(head: LogEntry | undefined, segment: LogEntry['segment']): Pick<LogEntry, 'soFar'> {
  const soFar = soFarWith(head, segment);
  return soFar ? { soFar } : {};
}
