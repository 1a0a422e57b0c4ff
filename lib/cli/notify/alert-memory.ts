import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { SEVERITIES } from '../../notify/notification.ts';
import type { Surroundings } from '../program/context.ts';

const memorySchema = v.object({
  key: v.string(),
  since: v.pipe(v.string(), v.isoTimestamp()),
  failures: v.pipe(v.number(), v.integer(), v.minValue(1)),
  severities: v.array(v.picklist(SEVERITIES)),
});
/** What earlier runs have said and not taken back. */
export type OpenAlert = v.InferOutput<typeof memorySchema>;

/**
 * Remembers between runs that a command failed, in a file for each key: `since` and the number of failures are told, and
 * the run that succeeds says that it is over. Without a directory, or if it cannot be written, nothing is remembered, as
 * on a machine of a CI that is new for each run.
 */
export class AlertMemory {
  readonly #directory: string | undefined;

  constructor({ environment }: Pick<Surroundings, 'environment'>) {
    const { LIFEBOAT_STATE_DIRECTORY, XDG_STATE_HOME, HOME } = environment;
    // XDG Base Directory Specification: $XDG_STATE_HOME, and $HOME/.local/state if it is not set.
    const state = XDG_STATE_HOME || (HOME ? join(HOME, '.local', 'state') : undefined);
    this.#directory = LIFEBOAT_STATE_DIRECTORY || (state && join(state, 'lifeboat'));
  }

  /** What is remembered. A file that cannot be read, or that somebody has damaged, is none. */
  read(key: string): OpenAlert | undefined {
    const file = this.#fileOf(key);
    if (file === undefined) return undefined;
    try {
      const result = v.safeParse(memorySchema, JSON.parse(readFileSync(file, 'utf8')));
      return result.success && result.output.key === key ? result.output : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all: two runs may write at the same time. */
  write(alert: OpenAlert): void {
    const file = this.#fileOf(alert.key);
    if (file === undefined) return;
    const unfinished = `${file}.${process.pid}`;
    try {
      mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(unfinished, `${JSON.stringify(alert)}\n`, { mode: 0o600 });
      renameSync(unfinished, file);
    } catch {
      rmSync(unfinished, { force: true });
    }
  }

  forget(key: string): void {
    const file = this.#fileOf(key);
    try {
      if (file !== undefined) rmSync(file, { force: true });
    } catch {
      // The next success says once more that it is over.
    }
  }

  #fileOf(key: string): string | undefined {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    return this.#directory && join(this.#directory, 'alerts', `${name}.json`);
  }
}
