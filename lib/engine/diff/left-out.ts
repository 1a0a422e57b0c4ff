import type { Manifest } from '../archive/manifest.ts';
import { qualified, withoutKeywordQuotes } from '../fingerprint/identity.ts';

/** What a backup left out on purpose: that the source has it is no difference. */
export class LeftOut {
  readonly #names: ReadonlySet<string>;
  /** `public.`: what stands before the names of a schema's objects. */
  readonly #schemas: readonly string[];

  constructor({ leftOut }: Pick<Manifest, 'leftOut'>) {
    const names = (of: Manifest['leftOut']) => of.map(({ name }) => withoutKeywordQuotes(name));
    this.#names = new Set(names(leftOut));
    this.#schemas = names(leftOut.filter(({ what }) => what === 'schema')).map((name) => `${name}.`);
  }

  hasTable({ schema, name }: { readonly schema: string; readonly name: string }): boolean {
    return this.#has(qualified(schema, name));
  }

  /** Of a fingerprint's entry: itself, what it is a part of, or what it stands on. */
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
