import { isDispensable, isKnownOption } from '../../options/known-options.ts';
import { optionList, withOptions } from '../../options/option-lists.ts';
import type { TargetStatementError } from '../target.ts';

const INVALID_PARAMETER_VALUE = '22023';

export interface WithoutOption {
  /** The option's name in the target's message. */
  readonly name: string;
  /** The rest of the statement; undefined if it set nothing else. */
  readonly rest: string | undefined;
}

/**
 * Removes the one option that the target does not know from the statement. Undefined if it was refused for
 * another reason, or if the object would be different without the option. A whole table, or a user's own
 * option in the same list, must not be lost with it.
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
      // The message is in the server's language. An option that is not PostgreSQL's own cannot have an
      // invalid value.
      (message === `unrecognized parameter "${name}"` ||
        (!isKnownOption(list.holder, name) && message.includes(name))),
  );
  if (!list || !unknown) return undefined;
  const kept = list.options.filter(({ name }) => name !== unknown.name);
  return { name: unknown.name, rest: withOptions(statement, list, kept) };
}
