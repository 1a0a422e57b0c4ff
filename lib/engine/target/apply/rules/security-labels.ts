import type { Rule } from './rule.ts';

/** Labels belong to a provider, a library that is loaded when the server starts. */
export const securityLabels: Rule = ({ target: { verb } }, { capabilities }) =>
  verb === 'SECURITY LABEL' && !capabilities.securityLabels
    ? { reason: 'the target has no provider of security labels' }
    : undefined;
