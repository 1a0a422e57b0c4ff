import type { Rule } from './rule.ts';

/** Leaves out security labels without a provider, which is a library that is loaded at server start. */
export const securityLabels: Rule = ({ target: { verb } }, { capabilities }) =>
  verb === 'SECURITY LABEL' && !capabilities.securityLabels
    ? { reason: 'the target has no provider of security labels' }
    : undefined;
