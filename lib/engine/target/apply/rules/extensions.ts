import type { Rule } from './rule.ts';

/** Leaves out CREATE EXTENSION and COMMENT ON EXTENSION for extensions that the target does not have. */
export const extensions: Rule = ({ target }, { capabilities }) =>
  target.objectType === 'EXTENSION' && target.name !== undefined && !capabilities.extensions.has(target.name)
    ? { reason: `the extension ${target.name} is not available on the target` }
    : undefined;
