import type { Rule } from './rule.ts';

/**
 * Servers of a wrapper, and foreign tables and user mappings of a server, that were left out. A wrapper that an extension
 * would have brought has that extension's name, in every extension that is known.
 */
export const foreignData: Rule = ({ target }, { leftOut }) => {
  const { verb, foreignDataWrapper, server } = target;
  if (verb === 'CREATE' && foreignDataWrapper !== undefined) {
    const root =
      leftOut.get('foreign data wrapper', foreignDataWrapper) ?? leftOut.get('extension', foreignDataWrapper);
    if (root !== undefined) return because(`foreign data wrapper ${foreignDataWrapper}`, root);
  }
  const root = server === undefined ? undefined : leftOut.get('server', server);
  return root === undefined ? undefined : because(`server ${server}`, root);
};

function because(needed: string, root: string) {
  return { reason: `it needs ${needed}, which was left out: ${root}`, root };
}
