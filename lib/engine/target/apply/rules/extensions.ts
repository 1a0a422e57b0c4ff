import type { Rule } from './rule.ts';

/** CREATE EXTENSION, and COMMENT ON one, of an extension that the target does not have. */
export const extensions: Rule = ({ target }, { capabilities }) =>
  target.objectType === 'EXTENSION' && target.name !== undefined && !capabilities.extensions.has(target.name)
    ? { reason: `the extension ${target.name} is not available on the target` }
    : undefined;
