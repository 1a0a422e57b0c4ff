import type { Identities } from '../age/identities.ts';
import type { ObjectStore } from './object-store.ts';

/** The same store, for somebody who holds these identities. Closing one closes both. */
export function withIdentities(store: ObjectStore, identities: Identities | undefined): ObjectStore {
  if (identities === undefined) return store;
  return new Proxy(store, {
    get(target, property) {
      if (property === 'identities') return identities;
      const value: unknown = Reflect.get(target, property, target);
      // The methods of a class need their own object, because its private fields are not the proxy's.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
