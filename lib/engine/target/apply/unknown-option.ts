import { isDispensable, isKnownOption } from '../../options/known-options.ts';
import { optionList, withOptions } from '../../options/option-lists.ts';
import type { TargetStatementError } from '../target.ts';

const INVALID_PARAMETER_VALUE = '22023';

export interface WithoutOption {
  /** As the target's message has it. */
  readonly name: string;
  /** What is left of the statement; undefined where it set nothing else. */
  readonly rest: string | undefined;
}

/**
 * The statement without the one option that the target does not know; undefined where it was refused for another reason, or
 * where the object would be another without that option. A whole table, or a user's own option in the same list, must not
 * go with it.
 */
export function withoutUnknownOption(
  statement: string,
  { sqlState, message }: Pick<TargetStatementError, 'sqlState' | 'message'>,
): WithoutOption | undefined {
  if (sqlState !== INVALID_PARAMETER_VALUE) return undefined;
  const list = optionList(statement);
  const unknown = list?.options.find(
    ({ name }) =>
      isDispensable(name) &&
      // In the server's language; of an option that is none of PostgreSQL's own, no value can be wrong.
      (message === `unrecognized parameter "${name}"` ||
        (!isKnownOption(list.holder, name) && message.includes(name))),
  );
  if (!list || !unknown) return undefined;
  const kept = list.options.filter(({ name }) => name !== unknown.name);
  return { name: unknown.name, rest: withOptions(statement, list, kept) };
}
