import type { Rule } from './rule.ts';

/** CREATE SUBSCRIPTION makes PGlite load a library that it cannot load, and after that it loads no other one either. */
export const subscriptions: Rule = ({ target }, { capabilities }) =>
  target.objectType === 'SUBSCRIPTION' && !capabilities.subscriptions
    ? { reason: 'a drill creates no subscription, because it would connect to another server' }
    : undefined;
