/** Random numbers that come again for the same seed, so that what one run found the next can find too. */
export interface SeededRandom {
  readonly seed: number;
  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number;
  /** Throws for an empty list. */
  pick<Value>(values: readonly Value[]): Value;
}

/** The seed that a person gave as text, or one of the clock's. */
export function seedFrom(given: string | undefined): number {
  return given === undefined || given === '' ? Date.now() % 2 ** 31 : Number(given);
}

/** mulberry32: 32 bits of state, more than random enough for choosing what to break. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
  return {
    seed,
    below,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}
