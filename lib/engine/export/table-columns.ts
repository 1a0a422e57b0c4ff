import type { TableData } from '../archive/manifest.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { nameOf, qualified } from '../fingerprint/identity.ts';
import { type ExportColumn, TEXT, valueTypeOf } from './value-type.ts';

/** The columns of tables in a fingerprint, with their types. */
export class TableColumns {
  readonly #types = new Map<string, string>();
  readonly #domains = new Map<string, string>();
  /** The columns of each table in their order, which is that of the fingerprint. */
  readonly #names = new Map<string, string[]>();

  constructor({ entries }: Pick<Fingerprint, 'entries'>) {
    for (const { kind, name, parent, facts } of entries) {
      if (kind === 'column') {
        this.#types.set(name, String(facts.type));
        this.#add(parent?.name ?? '', nameOf(name.slice((parent?.name.length ?? 0) + 1)));
      }
      if (kind === 'domain') this.#domains.set(name, String(facts.base));
    }
  }

  /** These columns in the order that the table itself has them: a partition may have another one. */
  inOrder(table: { readonly schema: string; readonly name: string }, columns: readonly string[]): string[] {
    const known = this.#names.get(qualified(table.schema, table.name)) ?? [];
    const ordered = known.filter((name) => columns.includes(name));
    return ordered.length === columns.length ? ordered : [...columns];
  }

  #add(table: string, column: string): void {
    const names = this.#names.get(table);
    if (names) names.push(column);
    else this.#names.set(table, [column]);
  }

  /** The columns whose values a backup holds. A column that the fingerprint does not know is text. */
  of({ schema, name, columns }: Pick<TableData, 'schema' | 'name' | 'columns'>): ExportColumn[] {
    return columns.map((column) => {
      const type = this.#types.get(qualified(schema, name, column));
      if (type === undefined) return { name: column, type: 'text', value: TEXT };
      return { name: column, type, value: valueTypeOf(type, (domain) => this.#domains.get(domain)) };
    });
  }
}
