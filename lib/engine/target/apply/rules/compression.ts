import type { Rule } from './rule.ts';

/** How values are stored, not what they are: without its method a column is compressed by the default one. */
export const compression: Rule = ({ target: { action, value } }, { capabilities }) =>
  action === 'ALTER COLUMN SET COMPRESSION' && value !== undefined && !capabilities.compressions.has(value)
    ? { reason: `the target has no ${value} compression` }
    : undefined;
