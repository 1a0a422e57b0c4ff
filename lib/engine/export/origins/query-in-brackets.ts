import { LifeboatError } from '../../ground/errors.ts';
import { significantTokens } from '../../sql-script/tokens.ts';

/**
 * A query that can stand in the brackets of `COPY (…) TO STDOUT`, and does not end them. The server checks the rest: it
 * takes one query, in a transaction that only reads. Throws `query-not-one-statement`.
 */
export function queryInBrackets(sql: string): string {
  let tokens: ReturnType<typeof significantTokens>;
  try {
    tokens = significantTokens(sql);
  } catch {
    throw notOne();
  }
  const last = tokens.at(-1);
  const hasEnd = last?.kind === 'punctuation' && last.text === ';';
  const inner = hasEnd ? tokens.slice(0, -1) : tokens;
  let open = 0;
  for (const { kind, text } of inner) {
    if (kind !== 'punctuation') continue;
    if (text === '(') open += 1;
    if (text === ')') open -= 1;
    if (text === ';' || open < 0) throw notOne();
  }
  const end = inner.at(-1)?.end;
  if (open > 0 || end === undefined || sql.includes('\0')) throw notOne();
  return sql.slice(0, end);
}

function notOne(): LifeboatError {
  return new LifeboatError({
    code: 'query-not-one-statement',
    kind: 'usage',
    what: 'The query must be exactly one SQL query.',
    remedy: "Write it as one SELECT: --query 'name=SELECT … FROM public.users'.",
  });
}
