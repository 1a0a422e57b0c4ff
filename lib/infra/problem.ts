/** A setting that is wrong: where it is, and one clause that says why and what to do. */
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

/** Throws one sentence for each problem, a line each; does nothing when there is none. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new Error(problems.map(({ path, message }) => `${formatPath(path)}: ${message}`).join('\n'));
}
