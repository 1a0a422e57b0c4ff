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
  // Words count only at the beginning of a statement and in the body of a routine.
  while (start >= 0 && body.cannotOpen ? scanner.nextBoundary() : scanner.nextSignificant()) {
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
  #heading: HeadingState = 'begins';
  #afterBegin = false;
  #depth = 0;

  get open(): boolean {
    return this.#depth > 0;
  }

  /** Whether the statement has shown that it creates no routine. */
  get cannotOpen(): boolean {
    return this.#heading === 'is other';
  }

  beginStatement(): void {
    this.#heading = 'begins';
    this.#afterBegin = false;
    this.#depth = 0;
  }

  seeOther(): void {
    this.#afterBegin = false;
  }

  see(scanner: Scanner): void {
    if (this.#heading === 'is other') return;
    if (this.#heading !== 'is routine') {
      const follows = HEADINGS[this.#heading].find(([word]) => scanner.isWord(word));
      this.#heading = follows?.[1] ?? 'is other';
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

type HeadingState = keyof typeof HEADINGS | 'is routine' | 'is other';

/** The words that may follow in CREATE [OR REPLACE] FUNCTION. Any other word shows that no routine is created. */
const HEADINGS = {
  begins: [['create', 'after create']],
  'after create': [
    ['function', 'is routine'],
    ['procedure', 'is routine'],
    ['or', 'after or'],
  ],
  'after or': [['replace', 'after replace']],
  'after replace': [
    ['function', 'is routine'],
    ['procedure', 'is routine'],
  ],
} as const satisfies Record<string, ReadonlyArray<readonly [string, string]>>;
