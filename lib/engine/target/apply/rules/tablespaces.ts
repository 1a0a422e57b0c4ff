import type { Rule } from './rule.ts';

/** Where a relation is stored, not what it holds: without its tablespace it goes to the default one. */
export const tablespaces: Rule = ({ target: { verb, name, value } }, { capabilities }) => {
  if (verb !== 'SET' || name !== 'default_tablespace') return undefined;
  if (value === undefined || value === '' || capabilities.tablespaces.has(value)) return undefined;
  return {
    reason: `the target has no tablespace ${value}: the next objects go to its default tablespace`,
    instead: `SET default_tablespace = ''`,
  };
};
