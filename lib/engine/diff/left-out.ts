import type { Manifest } from '../archive/manifest.ts';
import { qualified, withoutKeywordQuotes } from '../fingerprint/identity.ts';

/** The objects that a backup left out on purpose. They are no difference when the source has them. */
export class LeftOut {
  readonly #names: ReadonlySet<string>;
  /** `public.`: the prefix of the names of a schema's objects. */
  readonly #schemas: readonly string[];

  /** `schemas`: those that count as left out besides. */
  constructor({ leftOut }: Pick<Manifest, 'leftOut'>, schemas: readonly string[] = []) {
    const names = (of: Manifest['leftOut']) => of.map(({ name }) => withoutKeywordQuotes(name));
    this.#names = new Set([...names(leftOut), ...schemas]);
    this.#schemas = [...names(leftOut.filter(({ what }) => what === 'schema')), ...schemas].map(
      (name) => `${name}.`,
    );
  }

  hasTable({ schema, name }: { readonly schema: string; readonly name: string }): boolean {
    return this.#has(qualified(schema, name));
  }

  /** Whether a fingerprint's entry was left out: itself, its parent, or the relation that it is on. */
  hasObject({
    name,
    parent,
  }: {
    readonly name: string;
    readonly parent?: { readonly name: string };
  }): boolean {
    const [, relation = ''] = / on (.+)$/s.exec(name) ?? [];
    return [name, parent?.name ?? '', relation].some((one) => this.#has(one));
  }

  #has(identity: string): boolean {
    return this.#names.has(identity) || this.#schemas.some((schema) => identity.startsWith(schema));
  }
}
