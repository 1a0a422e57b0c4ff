import { createDataDirectory, type DataDirectory } from '../target/embedded/data-directory.ts';

/** A directory that is created when it is first needed: most comparisons fit into memory. */
export class HeapDirectory {
  readonly #parent: string;
  #made: Promise<DataDirectory> | undefined;

  constructor(parent: string) {
    this.#parent = parent;
  }

  async path(): Promise<string> {
    this.#made ??= createDataDirectory(this.#parent);
    return (await this.#made).path;
  }

  async remove(): Promise<void> {
    await (await this.#made)?.remove();
  }
}
