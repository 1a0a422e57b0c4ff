import { readRelationKey, relationKey } from '../archived/relation-key.ts';

export interface Place {
  readonly schema: string;
  readonly name: string;
}

/** Where the objects of a backup go that are restored under other names, beside those that exist. */
export interface Places {
  /** Schemas that are restored as a whole, with the names of their copies. */
  readonly schemas: ReadonlyMap<string, string>;
  /** Single objects, by the keys of their names: relations, types, routines, extended statistics. */
  readonly objects: ReadonlyMap<string, Place>;
  /** New names of indexes, and of constraints that have an index, by the keys of their old names. */
  readonly indexes: ReadonlyMap<string, RenamedIndex>;
}

export interface RenamedIndex extends Place {
  /** The key of the table that it is on. */
  readonly table: string;
}

/** The new place of an object; undefined if it is not a part of the copy. */
export function placeOf({ schemas, objects, indexes }: Places, { schema, name }: Place): Place | undefined {
  const key = relationKey(schema, name);
  const to = schemas.get(schema);
  return objects.get(key) ?? indexes.get(key) ?? (to === undefined ? undefined : { schema: to, name });
}

/** The key of the new place, or the same key. */
export function movedKey(places: Places, key: string): string {
  const place = placeOf(places, readRelationKey(key));
  return place ? relationKey(place.schema, place.name) : key;
}

/** The way back: which object of the backup an object of the copy is. */
export function reversed({ schemas, objects, indexes }: Places): Places {
  const back = (key: string, { schema, name }: Place) =>
    [relationKey(schema, name), readRelationKey(key)] as const;
  const tables = new Map([...objects].map(([key, place]) => [key, relationKey(place.schema, place.name)]));
  return {
    schemas: new Map([...schemas].map(([from, to]) => [to, from])),
    objects: new Map([...objects].map(([key, place]) => back(key, place))),
    indexes: new Map(
      [...indexes].map(([key, index]) => {
        const [now, before] = back(key, index);
        return [now, { ...before, table: tables.get(index.table) ?? index.table }];
      }),
    ),
  };
}
