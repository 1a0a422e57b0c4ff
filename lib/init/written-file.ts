/** A file of a project that `lifeboat init` makes. */
export interface WrittenFile {
  /** Below the project's directory, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Permissions, such as 0o600. @default 0o644 */
  readonly mode?: number;
}
