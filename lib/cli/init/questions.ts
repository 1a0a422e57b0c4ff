import { Readable, Writable } from 'node:stream';
import type { Check } from '../../init/values.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { printable } from '../../present/terminal/printable.ts';
import type { Context } from '../program/context.ts';
import { interruptedError } from '../program/failure.ts';

export interface TextQuestion {
  readonly message: string;
  /** Shown until somebody types, and the answer of somebody who types nothing. */
  readonly initial?: string | undefined;
  readonly check: Check;
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly hint: string;
}

/** Asks a person at a terminal. Throws `interrupted` if they give up: nothing is written before the last answer. */
export class Questions {
  readonly #common: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal };

  private constructor({ stderr, environment, signal }: Context, input: Readable) {
    const output = new Writable({
      decodeStrings: false,
      write(text, _, done) {
        stderr.write(String(text));
        done();
      },
    });
    const { columns } = pageOf(stderr, environment);
    this.#common = { input, output: Object.assign(output, { isTTY: true, columns }), signal };
  }

  /** Undefined if there is no terminal, or somebody wants JSON: then nobody can be asked. */
  static of(context: Context, json: boolean): Questions | undefined {
    const { stdin, stderr } = context;
    if (json || !stdin?.isTTY || stderr.isTTY !== true || !(stdin instanceof Readable)) return undefined;
    return new Questions(context, stdin);
  }

  async text({ message, initial, check }: TextQuestion): Promise<string> {
    const { text } = await import('@clack/prompts');
    return await this.#answer(
      text({
        ...this.#common,
        message,
        // Not the library's `initialValue`: that is typed text, and what a person types would be added to it.
        ...(initial === undefined ? {} : { placeholder: initial }),
        validate: (value = '') => check(value.trim() || (initial ?? '')),
      }),
    ).then((value = '') => value.trim() || (initial ?? ''));
  }

  /** The answer does not appear on the screen. */
  async secret({ message, check }: Omit<TextQuestion, 'initial'>): Promise<string> {
    const { password } = await import('@clack/prompts');
    const given = password({ ...this.#common, message, validate: (value = '') => check(value.trim()) });
    // Without a character, the library answers undefined.
    return ((await this.#answer(given)) ?? '').trim();
  }

  async choice<Value extends string>(
    message: string,
    choices: ReadonlyArray<Choice<Value>>,
    initial: Value,
  ): Promise<Value> {
    const { select } = await import('@clack/prompts');
    const options = choices.map(({ value, hint }) => ({ value: value as string, label: value, hint }));
    return (await this.#answer(
      select<string>({ ...this.#common, message, options, initialValue: initial }),
    )) as Value;
  }

  /** No, unless the person says yes. */
  async confirm(message: string): Promise<boolean> {
    const { confirm } = await import('@clack/prompts');
    return await this.#answer(confirm({ ...this.#common, message: printable(message), initialValue: false }));
  }

  async #answer<Value>(asked: Promise<Value>): Promise<Exclude<Value, symbol>> {
    const answer = await asked;
    this.#common.signal.throwIfAborted();
    if (typeof answer === 'symbol') throw interruptedError('Nothing was written.');
    return answer as Exclude<Value, symbol>;
  }
}
