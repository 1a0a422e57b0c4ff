import type { Rule } from './rule.ts';

/**
 * A tablespace changes only where a relation is stored. Without it, the relation goes to the default
 * tablespace.
 */
export const tablespaces: Rule = ({ target: { verb, name, value } }, { capabilities }) => {
  if (verb !== 'SET' || name !== 'default_tablespace') return undefined;
  if (value === undefined || value === '' || capabilities.tablespaces.has(value)) return undefined;
  return {
    reason: `the target has no tablespace ${value}: the next objects go to its default tablespace`,
    instead: `SET default_tablespace = ''`,
  };
};
