/**
 * Whether a statement given to `query` may be sent again after the server has rolled it back: it is a single
 * statement, whose transaction ends with it. Several statements in one text may have committed the first ones, and
 * CALL and DO may commit on their way.
 */
export function isSafeToRepeat(statement: unknown): boolean {
  const text =
    typeof statement === 'string'
      ? statement
      : typeof statement === 'object' && statement !== null && 'text' in statement
        ? statement.text
        : undefined;
  // A cursor or a stream gives its rows away before it fails.
  if (typeof text !== 'string' || (typeof statement === 'object' && hasMethod(statement, 'submit')))
    return false;
  return !/;\s*\S/.test(text) && !/^\s*(?:call|do|begin|start|commit|end|rollback|prepare)\b/i.test(text);
}

function hasMethod(value: object | null, name: string): boolean {
  return value !== null && typeof (value as Record<string, unknown>)[name] === 'function';
}
