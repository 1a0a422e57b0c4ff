import { directoryCannotLock } from './directory-failure.ts';
import type { ObjectStore } from './object-store.ts';
import { versionsOf } from './object-versions.ts';
import { type LockOrder, retentionFrom } from './retention.ts';

/**
 * A store that locks everything it writes, all until the same moment, counted from `start`. Returns `store` itself
 * without a lock. Throws `vault-no-object-lock` for a directory, at once. A bucket that has no Object Lock refuses
 * the first write.
 */
export function lockedStore(store: ObjectStore, lock: LockOrder | undefined, start: Date): ObjectStore {
  if (lock === undefined) return store;
  if (versionsOf(store) === undefined) throw directoryCannotLock(store.url);
  const retention = retentionFrom(lock, start);
  return {
    url: store.url,
    put: (key, body, options) => store.put(key, body, { ...options, lock: retention }),
    upload: (key, body, options) => store.upload(key, body, { ...options, lock: retention }),
    get: (key, options) => store.get(key, options),
    head: (key, options) => store.head(key, options),
    list: (prefix, options) => store.list(prefix, options),
    get clockAheadMs() {
      return store.clockAheadMs;
    },
    close: () => store.close(),
  };
}
