import { Scanner } from './scanner.ts';
import { type Statement, splitStatements } from './statements.ts';
import { chooseReading, readHeaderLine, type TocHeader } from './toc-header.ts';

/** One entry of a pg_dump script: its header and the statements that create the object. */
export interface ScriptEntry extends TocHeader {
  /**
   * The start of the header, or of the settings for this entry. The entry ends where the next one starts, or
   * with the script.
   */
  readonly start: number;
  readonly end: number;
  /** In their order. The settings for this entry (`SET default_tablespace`) come first. */
  readonly statements: readonly Statement[];
}

export interface ScriptEntries {
  /** The statements before the first header. */
  readonly preamble: readonly Statement[];
  readonly entries: readonly ScriptEntry[];
}

/** pg_dump writes these settings before the header of the entry that needs them. */
const SETTING_FOR_NEXT_ENTRY = /^SET (?:default_tablespace|default_table_access_method) = /;

interface Section {
  readonly readings: readonly TocHeader[];
  start: number;
  statements: Statement[];
}

/**
 * Cuts a script into the entries that pg_dump wrote. Only a comment between statements can be a header. A
 * comment in a body, a string, a quoted name or a block comment is the object's own text. Statements and
 * offsets are as in splitStatements.
 */
export function readEntries(script: string): ScriptEntries {
  const statements = splitStatements(script);
  const preamble: Statement[] = [];
  const sections: Section[] = [];
  for (const statement of statements) {
    openSections(script, statement.gapStart, statement.start, sections, preamble);
    (sections.at(-1)?.statements ?? preamble).push(statement);
  }
  openSections(script, statements.at(-1)?.end ?? 0, script.length, sections, preamble);
  const entries = sections.map((section, index) => ({
    ...chooseReading(section.readings, section.statements),
    start: section.start,
    end: sections[index + 1]?.start ?? script.length,
    statements: section.statements,
  }));
  return { preamble, entries };
}

/**
 * Begins a section at each header in a gap. The settings right before the header belong to the new section.
 */
function openSections(
  script: string,
  from: number,
  to: number,
  sections: Section[],
  preamble: Statement[],
): void {
  for (const { start, readings } of headersInGap(script, from, to)) {
    const previous = sections.at(-1)?.statements ?? preamble;
    const settings: Statement[] = [];
    for (let last = previous.at(-1); last && SETTING_FOR_NEXT_ENTRY.test(last.text); last = previous.at(-1)) {
      settings.unshift(last);
      previous.pop();
    }
    sections.push({ readings, start: settings[0]?.start ?? start, statements: settings });
  }
}

/**
 * A header is a block of comment lines: `--`, the line with the name (after others, with --verbose), `--`.
 */
function headersInGap(
  script: string,
  from: number,
  to: number,
): Array<{ start: number; readings: readonly TocHeader[] }> {
  if (to - from < '--\n-- Name: '.length) return [];
  const headers: Array<{ start: number; readings: readonly TocHeader[] }> = [];
  const scanner = new Scanner(script, from, to);
  let opened: number | undefined;
  let readings: readonly TocHeader[] | undefined;
  while (scanner.next()) {
    if (scanner.kind === 'space') {
      if (script.slice(scanner.start, scanner.end) !== '\n') opened = undefined;
    } else if (scanner.kind !== 'line-comment') {
      opened = undefined;
    } else if (scanner.end - scanner.start > 2) {
      readings ??=
        opened === undefined ? undefined : readHeaderLine(script.slice(scanner.start, scanner.end));
    } else if (opened !== undefined && readings !== undefined) {
      headers.push({ start: opened, readings });
      opened = undefined;
      readings = undefined;
    } else {
      opened = scanner.start;
      readings = undefined;
    }
  }
  return headers;
}
