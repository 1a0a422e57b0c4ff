/** Originals of one column that are looked for in the target: so many, chosen by chance. */
const MOST_SAMPLES = 1000;
/** Shorter values, and words without a digit, a space or an @, occur everywhere by chance. */
const SHORTEST = 8;
const DISTINCTIVE = /[\d@ ]/;
const LONGEST = 512;

/** Original values of masked columns, in the memory of this process alone. */
export class Samples {
  readonly #byColumn = new Map<string, ColumnSamples>();

  of(column: string): ColumnSamples {
    let of = this.#byColumn.get(column);
    if (!of) {
      of = new ColumnSamples();
      this.#byColumn.set(column, of);
    }
    return of;
  }

  get size(): number {
    return this.byValue().size;
  }

  get columns(): number {
    return [...this.#byColumn.values()].filter(({ values }) => values.length > 0).length;
  }

  /** Each sampled original, with the columns that it is of. */
  byValue(): Map<string, Set<string>> {
    const all = new Map<string, Set<string>>();
    for (const [column, { values }] of this.#byColumn)
      for (const value of values) {
        const columns = all.get(value);
        if (columns) columns.add(column);
        else all.set(value, new Set([column]));
      }
    return all;
  }
}

class ColumnSamples {
  readonly values: string[] = [];
  #seen = 0;

  add(original: string): void {
    if (original.length < SHORTEST || original.length > LONGEST || !DISTINCTIVE.test(original)) return;
    this.#seen += 1;
    // A reservoir: each value has the same chance.
    if (this.values.length < MOST_SAMPLES) this.values.push(original);
    else {
      const at = Math.floor(Math.random() * this.#seen);
      if (at < MOST_SAMPLES) this.values[at] = original;
    }
  }
}
