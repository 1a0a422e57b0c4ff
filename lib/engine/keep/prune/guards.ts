import type { BackupPlace } from '../../archive/keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { versionsOf } from '../../storage/object-versions.ts';
import { type ExpiryMarks, expiryMarksOf } from '../expiry-marks.ts';
import { lastHoldRecord } from '../hold-record.ts';

/** What keeps an object, whatever its age. */
export interface Guard {
  readonly reason: 'on-hold' | 'locked' | 'marked';
  readonly detail: string | null;
}

export interface Guards {
  /** Undefined in a directory. */
  readonly marks: ExpiryMarks | undefined;
  /** Undefined if nothing keeps the object. Throws what the store throws if it does not say. */
  about(place: BackupPlace, key: string, now: Date, options: ListOptions): Promise<Guard | undefined>;
}

/**
 * What keeps objects in a vault of one's own. A delete marker hides a version whatever protects it, so holds and locks
 * are asked for before. A server without holds, locks or tags has none set. A directory has neither, but it may be a bucket's copy,
 * with the records of holds in it: those count there.
 */
export function guardsOf(store: ObjectStore): Guards {
  const versions = versionsOf(store);
  const given = expiryMarksOf(store);
  if (!versions || !given) {
    return {
      marks: undefined,
      async about(place, _key, _now, options) {
        const record = await lastHoldRecord(store, place, options);
        if (!record || record.action === 'removed') return undefined;
        return { reason: 'on-hold', detail: record.reason };
      },
    };
  }
  const marks: ExpiryMarks = {
    ...given,
    isMarked: (key, options) => unlessLacking(false, () => given.isMarked(key, options)),
  };
  return {
    marks,
    async about(_place, key, now, options) {
      if (await marks.isMarked(key, options)) return { reason: 'marked', detail: null };
      if (await unlessLacking(false, () => given.isHeld(key, options)))
        return { reason: 'on-hold', detail: null };
      const lock = await unlessLacking(undefined, () => versions.retention(key, undefined, options));
      return lock && lock.until > now ? { reason: 'locked', detail: lock.until.toISOString() } : undefined;
    },
  };
}

async function unlessLacking<T>(without: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'vault-not-capable') return without;
    throw error;
  }
}
