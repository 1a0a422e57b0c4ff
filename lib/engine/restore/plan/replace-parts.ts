export interface ReplacedPart {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with other text in place of some parts, given in their order. */
export function replaceParts(whole: string, parts: readonly ReplacedPart[]): string {
  let result = '';
  let kept = 0;
  for (const { start, end, text } of parts) {
    result += whole.slice(kept, start) + text;
    kept = end;
  }
  return result + whole.slice(kept);
}
