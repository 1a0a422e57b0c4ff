import type { Rule } from './rule.ts';

/**
 * Compression changes only how values are stored. Without its method, a column uses the default compression.
 */
export const compression: Rule = ({ target: { action, value } }, { capabilities }) =>
  action === 'ALTER COLUMN SET COMPRESSION' && value !== undefined && !capabilities.compressions.has(value)
    ? { reason: `the target has no ${value} compression` }
    : undefined;
