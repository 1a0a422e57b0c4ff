import type { Rule } from './rule.ts';

/**
 * Leaves out servers of a wrapper that was left out, and foreign tables and user mappings of a server that
 * was left out. In every known extension, the wrapper has the name of the extension.
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
