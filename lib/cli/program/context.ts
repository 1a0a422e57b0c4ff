import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { StoreOptions } from '../../engine/storage/open-store.ts';
import type { OutputStream, Page } from '../../present/terminal/page.ts';
import type { ExitCode } from './exit-codes.ts';

/** Everything of the world outside that the command line touches: `bin/lifeboat.ts` hands in the real one. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What relative paths are relative to. */
  readonly directory: string;
  /** Where a person answers; a command that asks does without where it is absent. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborts when the person, or the machine, wants the command to end. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** What a command is run in. */
export interface Context extends Surroundings {
  /** Opens a vault and closes it after `use`, whatever happened. */
  withVault<Result>(
    url: string | undefined,
    use: (store: ObjectStore) => Promise<Result>,
    options?: StoreOptions,
  ): Promise<Result>;
  /** Prints a result: for people, or as the one object of `--json`. */
  present(outcome: CommandOutcome): void;
}

/** What a command found or did. */
export interface CommandOutcome {
  readonly exitCode: ExitCode;
  /** The object that `--json` prints; its fields are listed in docs/cli.md and stay. */
  readonly json: object;
  /** What people read on stdout: lines. */
  readonly text: (page: Page) => readonly string[];
}
