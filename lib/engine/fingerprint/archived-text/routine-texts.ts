import type { StatementText } from './statement-text.ts';

export interface RoutineTexts {
  /** As pg_get_expr() lists the defaults of a routine's arguments. */
  readonly defaults?: string;
  /** As pg_get_functiondef() writes a routine whose body is the SQL standard's. */
  readonly body?: string;
}

/** Of a CREATE FUNCTION or CREATE PROCEDURE of pg_dump's. */
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

/** The word RETURN that begins a body, behind every word that is an option. */
function returnStatement(statement: StatementText, from: number): number {
  return statement.find('RETURN', from);
}

/** pg_dump writes CREATE without OR REPLACE, and PARALLEL behind what pg_get_functiondef() writes before it. */
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
