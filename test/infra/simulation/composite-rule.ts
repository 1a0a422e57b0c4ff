import type { State } from './evaluate.ts';

/** Whether a rule holds, by the states of alarms, which are asked for by their logical ids. */
export type Rule = (stateOf: (id: string) => State) => boolean;

/**
 * Reads the rule of a composite alarm: ALARM, OK, INSUFFICIENT_DATA, AND, OR, NOT, TRUE, FALSE and parentheses (Amazon
 * CloudWatch API Reference, PutCompositeAlarm).
 */
export function parseRule(text: string): Rule {
  const tokens = text.match(/\(|\)|"[^"]*"|[A-Z_]+/g) ?? [];
  let position = 0;
  const take = (wanted?: string): string => {
    const token = tokens[position] ?? '';
    if (wanted !== undefined && token !== wanted)
      throw new Error(`${text}: ${wanted} expected, not ${token}`);
    position += 1;
    return token;
  };

  function either(): Rule {
    const first = both();
    if (tokens[position] !== 'OR') return first;
    take('OR');
    const rest = either();
    return (stateOf) => first(stateOf) || rest(stateOf);
  }

  function both(): Rule {
    const first = one();
    if (tokens[position] !== 'AND') return first;
    take('AND');
    const rest = both();
    return (stateOf) => first(stateOf) && rest(stateOf);
  }

  function one(): Rule {
    const token = take();
    if (token === '(') {
      const inside = either();
      take(')');
      return inside;
    }
    if (token === 'NOT') {
      const inside = one();
      return (stateOf) => !inside(stateOf);
    }
    if (token === 'TRUE' || token === 'FALSE') return () => token === 'TRUE';
    if (token !== 'ALARM' && token !== 'OK' && token !== 'INSUFFICIENT_DATA')
      throw new Error(`${text}: ${token} is not understood`);
    take('(');
    const id = take().replace(/^"arn:|"$/g, '');
    take(')');
    return (stateOf) => stateOf(id) === token;
  }

  const rule = either();
  if (position !== tokens.length) throw new Error(`${text}: there is more than a rule`);
  return rule;
}
