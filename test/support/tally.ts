/** Counts by name, and prints them as a table: what a suite of many tries has to show. */
export class Tally {
  readonly #counts = new Map<string, { tried: number; passed: number }>();

  add(name: string, passed: boolean): void {
    const count = this.#counts.get(name) ?? { tried: 0, passed: 0 };
    this.#counts.set(name, { tried: count.tried + 1, passed: count.passed + (passed ? 1 : 0) });
  }

  get kinds(): number {
    return this.#counts.size;
  }

  get tried(): number {
    return [...this.#counts.values()].reduce((sum, { tried }) => sum + tried, 0);
  }

  /** `headings` name the three columns: what, how often it was tried, how often it went as it should. */
  table(headings: readonly [string, string, string]): string {
    const counts = [...this.#counts].map(([name, { tried, passed }]) => [name, `${tried}`, `${passed}`]);
    const passed = [...this.#counts.values()].reduce((sum, count) => sum + count.passed, 0);
    const lines = [[...headings], ...counts, ['all', `${this.tried}`, `${passed}`]];
    const width = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0));
    return lines
      .map(
        ([name = '', ...figures]) =>
          `${name.padEnd(width(0))}  ${figures.map((figure, at) => figure.padStart(width(at + 1))).join('  ')}`,
      )
      .join('\n');
  }
}
