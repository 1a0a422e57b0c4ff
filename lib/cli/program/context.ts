import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { StoreOptions } from '../../engine/storage/open-store.ts';
import type { OutputStream, Page } from '../../present/terminal/page.ts';
import type { ExitCode } from './exit-codes.ts';

/**
 * The parts of the outside world that the command line touches. `bin/lifeboat.ts` passes in the real ones.
 */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths start from. */
  readonly directory: string;
  /** Where a person answers a question; if absent, nobody can be asked. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborts when the person, or the machine, wants the command to end. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** The surroundings of one command, with its vault and its output. */
export interface Context extends Surroundings {
  /** Opens a vault, and closes it after `use`, even if `use` throws. */
  withVault<Result>(
    url: string | undefined,
    use: (store: ObjectStore) => Promise<Result>,
    options?: StoreOptions,
  ): Promise<Result>;
  /** Prints a result: for people, or as the one object of `--json`. */
  present(outcome: CommandOutcome): void;
}

/** The result of a command. */
export interface CommandOutcome {
  readonly exitCode: ExitCode;
  /** The object that `--json` prints; its fields are listed in docs/cli.md and stay. */
  readonly json: object;
  /** The lines that people read on stdout. */
  readonly text: (page: Page) => readonly string[];
}
