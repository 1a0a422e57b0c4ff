export interface ReplacedPart {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces parts of a text. `parts` must be in the order of the text. */
export function replaceParts(whole: string, parts: readonly ReplacedPart[]): string {
  let result = '';
  let kept = 0;
  for (const { start, end, text } of parts) {
    result += whole.slice(kept, start) + text;
    kept = end;
  }
  return result + whole.slice(kept);
}
