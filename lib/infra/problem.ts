/** A wrong setting: its path, and one clause that says why it is wrong and what to do. */
export interface Problem {
  readonly path: ReadonlyArray<string | number>;
  readonly message: string;
}

/** `sources[0].schedule`. */
export function formatPath(path: ReadonlyArray<PropertyKey>): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** `sources[0].schedule: hours go from 0 to 23, not to 25`. */
export function formatProblem({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** Throws an error with one line for each problem. Does nothing if there is no problem. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new Error(problems.map(formatProblem).join('\n'));
}
