/** One contestant's times, in seconds, in the order of the rounds. */
export type Times = Readonly<Record<string, readonly number[]>>;

/**
 * Lets the contestants run in turns, round after round, so that whatever else the machine does meanwhile falls on all of
 * them. Each gives its own time in seconds.
 */
export async function inTurns(
  rounds: number,
  contestants: Readonly<Record<string, () => Promise<number>>>,
): Promise<Times> {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(contestants)) times[name]?.push(rounded(await run()));
  }
  return times;
}

export function median(numbers: readonly number[] = []): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** The median of `slower` over that of `faster`, and how far the rounds of each lie apart. */
export function compare(times: Times, slower: string, faster: string) {
  return {
    ratio: rounded(median(times[slower]) / median(times[faster])),
    noise: rounded(Math.max(spread(times[slower]), spread(times[faster]))),
  };
}

/** The slowest round over the fastest. */
function spread(numbers: readonly number[] = []): number {
  return Math.max(...numbers) / Math.min(...numbers);
}

export function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
