import type { MissingObject } from './missing-object.ts';
import { spacesOf, writtenName } from './name-spaces.ts';
import type { SchemaObject } from './schema-object.ts';

/** Objects by name space and name. Arguments of routines are not part of the name here. */
export class ObjectRegistry<Value> {
  readonly #byName = new Map<string, Value>();
  readonly #first = new Map<string, Value>();
  /** Values of unique constraints and indexes, by their table. */
  readonly #uniqueOn = new Map<string, Value>();

  add(object: SchemaObject, value: Value): void {
    for (const space of spacesOf(object.kind)) this.#put(space, writtenName(object), value);
    if (object.on && (object.kind === 'constraint' || object.kind === 'index')) {
      this.#uniqueOn.set(object.on.name, value);
      // A constraint's index has the name of the constraint, and is in the schema of the table.
      const { schema } = object.on;
      this.#put(
        'relation',
        writtenName({ name: object.name, ...(schema === undefined ? {} : { schema }) }),
        value,
      );
      this.#put('index', object.name, value);
    }
  }

  has(kind: string, name: string): boolean {
    return this.get(kind, name) !== undefined;
  }

  get(kind: string, name: string): Value | undefined {
    for (const space of spacesOf(kind)) {
      const value = this.#byName.get(key(space, name));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  find({ space, name, words }: MissingObject): Value | undefined {
    if (space === 'unique constraint') return this.#uniqueOn.get(name ?? '');
    for (const word of words ?? []) {
      const value = this.#byName.get(key(space, word));
      if (value !== undefined) return value;
    }
    if (words) return undefined;
    return name === undefined ? this.#first.get(space) : this.#byName.get(key(space, name));
  }

  #put(space: string, name: string, value: Value): void {
    this.#byName.set(key(space, name), value);
    if (!this.#first.has(space)) this.#first.set(space, value);
  }
}

function key(space: string, name: string): string {
  return `${space}\0${name}`;
}
