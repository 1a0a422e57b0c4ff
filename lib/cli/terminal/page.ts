/** A stream that text is written to, as far as its looks are concerned. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** What text is laid out for: a terminal of some width, or a pipe, which has neither width nor colours. */
export interface Page {
  readonly isTerminal: boolean;
  /** Undefined in a pipe: nothing is cut or wrapped there. */
  readonly columns: number | undefined;
  readonly paint: Paint;
}

/** A terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;

/** NO_COLOR (no-color.org) and a terminal that calls itself dumb get plain text. */
export function pageOf(
  stream: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Page {
  const isTerminal = stream.isTTY === true;
  const coloured = isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return {
    isTerminal,
    columns: isTerminal ? stream.columns || USUAL_COLUMNS : undefined,
    paint: coloured ? COLOURS : PLAIN,
  };
}

const COLOURS = paintWith((text, [on, off]) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`));
const PLAIN = paintWith((text) => text);

/** For files and for tests: as in a pipe. */
export const PLAIN_PAGE: Page = { isTerminal: false, columns: undefined, paint: PLAIN };

function paintWith(apply: (text: string, codes: readonly [number, number]) => string): Paint {
  return {
    bold: (text) => apply(text, CODES.bold),
    dim: (text) => apply(text, CODES.dim),
    red: (text) => apply(text, CODES.red),
    green: (text) => apply(text, CODES.green),
    yellow: (text) => apply(text, CODES.yellow),
    cyan: (text) => apply(text, CODES.cyan),
  };
}
