import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';

/** A store whose object of one key is another one, or is handed out by a function: late, cut, damaged. */
export function withObject(
  store: ObjectStore,
  key: string | RegExp,
  content: Uint8Array | ((bytes: AsyncIterable<Uint8Array>, key: string) => AsyncIterable<Uint8Array>),
): ObjectStore {
  const isMeant = (asked: string) => (typeof key === 'string' ? asked === key : key.test(asked));
  return {
    url: store.url,
    put: (...args) => store.put(...args),
    upload: (...args) => store.upload(...args),
    get(asked, options) {
      if (!isMeant(asked)) return store.get(asked, options);
      return typeof content === 'function' ? content(store.get(asked, options), asked) : once(content);
    },
    head: (...args) => store.head(...args),
    list: (...args) => store.list(...args),
    close: () => store.close(),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
