import type { Rule } from './rule.ts';

/**
 * Leaves out CREATE SUBSCRIPTION: PGlite fails to load its library, and cannot load any other library
 * afterwards.
 */
export const subscriptions: Rule = ({ target }, { capabilities }) =>
  target.objectType === 'SUBSCRIPTION' && !capabilities.subscriptions
    ? { reason: 'a drill creates no subscription, because it would connect to another server' }
    : undefined;
