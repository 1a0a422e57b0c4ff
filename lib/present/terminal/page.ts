/** The parts of a stream that decide how its text looks. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

type Codes = readonly [on: number | string, off: number];

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const satisfies Record<string, Codes>;

/**
 * Colours for terminals with 256 colours. They are readable on white and on black (contrast at least 3 to 1
 * on both); the usual green, yellow and cyan almost vanish on white.
 */
const READABLE_CODES: Readonly<Record<keyof typeof CODES, Codes>> = {
  ...CODES,
  red: ['38;5;160', 39],
  green: ['38;5;28', 39],
  yellow: ['38;5;136', 39],
  cyan: ['38;5;31', 39],
};

export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** The medium that text is laid out for: a terminal, or a pipe, which has neither width nor colours. */
export interface Page {
  readonly isTerminal: boolean;
  /** Undefined in a pipe: nothing is cut or wrapped there. */
  readonly columns: number | undefined;
  readonly paint: Paint;
}

/** The width of a terminal that does not report one. */
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
    paint: coloured ? (hasManyColours(environment) ? READABLE_COLOURS : COLOURS) : PLAIN,
  };
}

function hasManyColours({
  TERM = '',
  COLORTERM = '',
}: Readonly<Record<string, string | undefined>>): boolean {
  return COLORTERM !== '' || /256color|direct/.test(TERM);
}

const COLOURS = paintWith(escaped, CODES);
const READABLE_COLOURS = paintWith(escaped, READABLE_CODES);
const PLAIN = paintWith((text) => text, CODES);

/** A page for files and tests, like a pipe. */
export const PLAIN_PAGE: Page = { isTerminal: false, columns: undefined, paint: PLAIN };

function escaped(text: string, [on, off]: Codes): string {
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
}

function paintWith(
  apply: (text: string, codes: Codes) => string,
  codes: Readonly<Record<keyof typeof CODES, Codes>>,
): Paint {
  return {
    bold: (text) => apply(text, codes.bold),
    dim: (text) => apply(text, codes.dim),
    red: (text) => apply(text, codes.red),
    green: (text) => apply(text, codes.green),
    yellow: (text) => apply(text, codes.yellow),
    cyan: (text) => apply(text, codes.cyan),
  };
}
