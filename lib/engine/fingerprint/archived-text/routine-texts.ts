import type { StatementText } from './statement-text.ts';

export interface RoutineTexts {
  /** The defaults of the arguments, as pg_get_expr() lists them. */
  readonly defaults?: string;
  /** The definition of a routine with an SQL-standard body, as pg_get_functiondef() writes it. */
  readonly body?: string;
}

/** Reads the texts of a CREATE FUNCTION or CREATE PROCEDURE that pg_dump wrote. */
export function routineTexts(statement: StatementText): RoutineTexts {
  const open = statement.tokens.findIndex(({ text, depth }) => text === '(' && depth === 0);
  const end = statement.closing(open);
  if (end === undefined) return {};
  const defaults = defaultTexts(statement, open);
  const hasBody = statement.find('BEGIN ATOMIC', end) >= 0 || returnStatement(statement, end) >= 0;
  return {
    ...(defaults.length > 0 ? { defaults: defaults.join(', ') } : {}),
    ...(hasBody ? { body: asFunctionDefinition(statement, end) } : {}),
  };
}

function defaultTexts(statement: StatementText, open: number): string[] {
  return [...statement.parts(open)].flatMap(([from, to]) => {
    const word = statement.find('DEFAULT', from, 1, to);
    return word < 0 ? [] : [statement.between(word + 1, to)];
  });
}

/** The position of the RETURN that begins a body, after all options. */
function returnStatement(statement: StatementText, from: number): number {
  return statement.find('RETURN', from);
}

/**
 * Converts a definition of pg_dump's to the form of pg_get_functiondef(): pg_dump omits OR REPLACE, and
 * writes PARALLEL later.
 */
function asFunctionDefinition(statement: StatementText, from: number): string {
  const parts = (a: number, b: number) => statement.between(a, b);
  const total = statement.tokens.length;
  const head = `CREATE OR REPLACE ${parts(1, from)}`;
  const bodyAt = [statement.find('BEGIN ATOMIC', from), returnStatement(statement, from)].filter(
    (at) => at >= 0,
  );
  const body = Math.min(total, ...bodyAt);
  const parallel = statement.find('PARALLEL', from, 0, body);
  if (parallel < 0) return `${head} ${parts(from, total)}`;
  const language = statement.find('LANGUAGE', from, 0, body);
  let behind = language + 2;
  for (const word of ['WINDOW', 'IMMUTABLE', 'STABLE']) {
    if (statement.find(word, behind, 0, behind + 1) >= 0) behind += 1;
  }
  return [
    head,
    parts(from, behind),
    parts(parallel, parallel + 2),
    parts(behind, parallel),
    parts(parallel + 2, total),
  ].join(' ');
}
