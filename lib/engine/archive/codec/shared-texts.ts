import type { StoredObject } from '../manifest.ts';

/** As many sessions read at the same time, each from an object of its own, and one more for each that goes on to the next. */
const KEPT = 16;

/** The texts of the objects that were read last: tables that share an object are read one after the other. */
export class SharedTexts {
  readonly #texts = new Map<string, Promise<Buffer>>();

  /** The text of an object, which `read` reads unless it is known or being read. A reader that fails fails for itself alone. */
  async of({ key, sha256 }: StoredObject, read: () => Promise<Buffer>): Promise<Buffer> {
    const id = `${sha256} ${key}`;
    const known = this.#texts.get(id);
    if (known) {
      this.#keep(id, known);
      // It may have been stopped by its own caller.
      return await known.catch(read);
    }
    const reading = read();
    this.#keep(id, reading);
    try {
      return await reading;
    } catch (error) {
      if (this.#texts.get(id) === reading) this.#texts.delete(id);
      throw error;
    }
  }

  /** Puts a text behind all others, and forgets the first ones. */
  #keep(id: string, text: Promise<Buffer>): void {
    this.#texts.delete(id);
    this.#texts.set(id, text);
    for (const first of this.#texts.keys()) {
      if (this.#texts.size <= KEPT) break;
      this.#texts.delete(first);
    }
  }
}
