interface Style {
  readonly bold: boolean;
  readonly faint: boolean;
  readonly colour: string;
}

interface Span extends Style {
  readonly text: string;
}

const PLAIN: Style = { bold: false, faint: false, colour: '#d8dee9' };
const BACKGROUND = '#1c2128';
/** The first eight colours of a terminal, as they read well on {@link BACKGROUND}. */
const BASIC = ['#6b7280', '#f47067', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#d8dee9'];
const CUBE = [0, 95, 135, 175, 215, 255];

const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 16;

/** The colour of one of 256: eight, eight bright ones, a cube of 6 × 6 × 6, greys (xterm's palette). */
function colourOf(number: number): string {
  if (number < 16) return BASIC[number % 8] ?? PLAIN.colour;
  if (number >= 232) return `rgb(${[0, 0, 0].map(() => 8 + 10 * (number - 232)).join()})`;
  const place = number - 16;
  const levels = [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((level) => CUBE[level]);
  return `rgb(${levels.join()})`;
}

function styled(style: Style, codes: readonly number[]): Style {
  const [code, ...rest] = codes;
  if (code === undefined) return style;
  if (code === 38 && rest[0] === 5) {
    return styled({ ...style, colour: colourOf(rest[1] ?? 7) }, rest.slice(2));
  }
  return styled(withCode(style, code), rest);
}

function withCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, faint: true };
  if (code === 22) return { ...style, bold: false, faint: false };
  if (code === 39) return { ...style, colour: PLAIN.colour };
  return code >= 30 && code <= 37 ? { ...style, colour: colourOf(code - 30) } : style;
}

function spansOf(line: string): Span[] {
  let style = PLAIN;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes are control characters.
  return line.split(/(\x1b\[[\d;]*m)/).flatMap((part) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: see above.
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) return part === '' ? [] : [{ ...style, text: part }];
    style = styled(style, codes.split(';').map(Number));
    return [];
  });
}

/** The lines that a terminal shows in the end, without overwritten lines and codes that move or clear. */
function shownLines(output: string): string[] {
  const lines = output.replaceAll('\r\n', '\n').split('\n');
  return lines.map((line) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: see above.
    line.slice(line.lastIndexOf('\r') + 1).replaceAll(/\x1b\[[\d;?]*[A-LN-Za-ln-z]/g, ''),
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function tspan({ text, bold, faint, colour }: Span): string {
  const attributes = [
    `fill="${colour}"`,
    ...(bold ? ['font-weight="bold"'] : []),
    ...(faint ? ['opacity="0.7"'] : []),
  ];
  return `<tspan ${attributes.join(' ')}>${escaped(text)}</tspan>`;
}

/**
 * Draws a command and its output in a terminal as an SVG. Supports the SGR codes that Lifeboat uses: bold,
 * faint and the 256 colours (ECMA-48, "Select graphic rendition").
 */
export function drawTerminal(command: string, output: string): string {
  const printed = shownLines(output.trimEnd());
  const lines = [[{ ...PLAIN, bold: true, text: `$ ${command}` }], ...printed.map(spansOf)];
  const longest = Math.max(...lines.map((spans) => spans.reduce((sum, { text }) => sum + text.length, 0)));
  const width = Math.ceil(2 * MARGIN + longest * CHARACTER_WIDTH);
  const height = 2 * MARGIN + lines.length * LINE_HEIGHT;
  const texts = lines.map((spans, number) => {
    const y = MARGIN + number * LINE_HEIGHT + FONT_SIZE;
    return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${spans.map(tspan).join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(command)} in a terminal">
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${FONT_SIZE}">
${texts.join('\n')}
</g>
</svg>
`;
}
