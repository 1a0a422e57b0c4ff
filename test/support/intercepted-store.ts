import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';

/** Called before a store is asked to write; may wait, or throw in the store's place. */
export interface Interceptions {
  readonly beforeUpload?: (key: string) => Promise<void> | void;
  /** In the middle of an upload, after its first piece. */
  readonly duringUpload?: (key: string) => Promise<void> | void;
  readonly beforePut?: (key: string) => Promise<void> | void;
  /** What a reader gets of an object instead of its pieces. */
  readonly reading?: (key: string, pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** A real store, with a hook at each write: tests stop, fail or change things at exactly one moment. */
export function intercept(store: ObjectStore, hooks: Interceptions): ObjectStore {
  return {
    url: store.url,
    async put(key, body, options) {
      await hooks.beforePut?.(key);
      await store.put(key, body, options);
    },
    async upload(key, body, options) {
      await hooks.beforeUpload?.(key);
      return await store.upload(key, hooked(key, body), options);
    },
    get: (key, options) => {
      const pieces = store.get(key, options);
      return hooks.reading?.(key, pieces) ?? pieces;
    },
    head: (key, options) => store.head(key, options),
    list: (prefix, options) => store.list(prefix, options),
    close: () => store.close(),
  };

  async function* hooked(key: string, body: AsyncIterable<Uint8Array>) {
    let first = true;
    for await (const piece of body) {
      yield piece;
      if (first) await hooks.duringUpload?.(key);
      first = false;
    }
  }
}
