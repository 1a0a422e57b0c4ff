import { LifeboatError } from '../ground/errors.ts';
import { Scanner } from './scanner.ts';

/** One SQL statement of a script. Offsets are characters of the script's text. */
export interface Statement {
  /** The start of the white space and comments before the statement: the end of the statement before it. */
  readonly gapStart: number;
  readonly start: number;
  /** The offset after the semicolon. */
  readonly end: number;
  /** From the first token to the semicolon. */
  readonly text: string;
}

interface SplitScript {
  readonly script: string;
  readonly statements: readonly Statement[];
}

/** Several readers ask for the statements of each of the two scripts of a backup. They are let go with the next full garbage collection. */
const MOST_KEPT = 3;
let kept: ReadonlyArray<WeakRef<SplitScript>> = [];

/**
 * Cuts a script at the semicolons that end statements, but not at those in quotes, comments, parentheses or
 * the BEGIN ATOMIC … END body of a function. The gaps and texts of all statements, joined in order, plus the
 * rest after the last semicolon, give the script again. Throws `sql-script-incomplete` when the last
 * statement has no end. The same script gives the same statements, as long as they are kept.
 */
export function splitStatements(script: string): readonly Statement[] {
  for (const reference of kept) {
    const split = reference.deref();
    if (split?.script === script) return split.statements;
  }
  const split = { script, statements: cutStatements(script) };
  kept = [new WeakRef(split), ...kept.slice(0, MOST_KEPT - 1)];
  return split.statements;
}

function cutStatements(script: string): Statement[] {
  const scanner = new Scanner(script);
  const body = new RoutineBody();
  const statements: Statement[] = [];
  let gapStart = 0;
  let start = -1;
  let parentheses = 0;
  while (scanner.nextSignificant()) {
    if (start < 0) {
      start = scanner.start;
      parentheses = 0;
      body.beginStatement();
    }
    if (scanner.kind === 'word') {
      if (parentheses === 0) body.see(scanner);
      continue;
    }
    body.seeOther();
    if (scanner.kind !== 'punctuation') continue;
    if (scanner.is('(')) parentheses += 1;
    else if (scanner.is(')')) parentheses = Math.max(0, parentheses - 1);
    else if (scanner.is(';') && parentheses === 0 && !body.open) {
      statements.push({ gapStart, start, end: scanner.end, text: script.slice(start, scanner.end) });
      gapStart = scanner.end;
      start = -1;
    }
  }
  if (start >= 0) {
    throw new LifeboatError({
      code: 'sql-script-incomplete',
      kind: 'verification',
      what: `The SQL script ends inside the statement that begins at character ${start}.`,
      meaning: 'The script is incomplete or damaged.',
    });
  }
  return statements;
}

/**
 * Tells whether a semicolon is in the SQL-standard body of a routine. Only CREATE [OR REPLACE] FUNCTION and
 * PROCEDURE have such a body: BEGIN ATOMIC … END, in which CASE … END may nest. All three words are reserved,
 * so a name spelled like one of them is quoted.
 */
class RoutineBody {
  /** The first words of the statement, up to the four of CREATE OR REPLACE FUNCTION. */
  #heading: string[] = [];
  #isRoutine = false;
  /** Whether the first words have shown that no routine is created. */
  #isOther = false;
  #afterBegin = false;
  #depth = 0;

  get open(): boolean {
    return this.#depth > 0;
  }

  beginStatement(): void {
    this.#heading = [];
    this.#isRoutine = false;
    this.#isOther = false;
    this.#afterBegin = false;
    this.#depth = 0;
  }

  seeOther(): void {
    this.#afterBegin = false;
  }

  see(scanner: Scanner): void {
    if (!this.#isRoutine) {
      if (this.#isOther) return;
      this.#heading.push(scanner.text.slice(scanner.start, scanner.end).toLowerCase());
      this.#isRoutine = ROUTINE_HEADING.test(this.#heading.join(' '));
      this.#isOther = this.#heading[0] !== 'create' || this.#heading.length === 4;
    } else if (this.#depth === 0) {
      if (this.#afterBegin && scanner.isWord('atomic')) this.#depth = 1;
      this.#afterBegin = scanner.isWord('begin');
    } else if (scanner.isWord('case')) {
      this.#depth += 1;
    } else if (scanner.isWord('end')) {
      this.#depth -= 1;
    }
  }
}

const ROUTINE_HEADING = /^create (or replace )?(function|procedure)$/;
