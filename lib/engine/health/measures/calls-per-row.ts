interface Node {
  readonly kind: string;
  /** The name of the function that this node calls, if it is one of those that are looked for. */
  readonly calls: string | undefined;
  readsRow: boolean;
}

/**
 * The functions that an expression calls for each row, although nothing in their arguments comes from the row.
 * `tree` is what the server stores of an expression (pg_node_tree: nodefuncs and outfuncs.c, the same shape from
 * 13 to 19); `names` are the functions to look for, by their OIDs. Inside of a sub-SELECT nothing is looked for:
 * one that does not depend on the row is computed once for each statement.
 */
export function callsPerRow(tree: string, names: ReadonlyMap<string, string>): string[] {
  const open: Node[] = [];
  const found = new Set<string>();
  for (let at = 0; at < tree.length; at += 1) {
    const character = tree[at];
    // A name in the tree may hold any character; those that mean something have a backslash before them.
    if (character === '\\') at += 1;
    else if (character === '{') {
      const [, kind = '', rest = ''] = /^\{(\w+)( :funcid \d+)?/.exec(tree.slice(at, at + 60)) ?? [];
      open.push({ kind, calls: names.get(rest.replace(' :funcid ', '')), readsRow: false });
    } else if (character === '}') {
      const node = open.pop();
      if (!node) continue;
      const above = open.at(-1);
      const readsRow = node.readsRow || node.kind === 'VAR';
      if (above && readsRow) above.readsRow = true;
      const isInside = open.some(({ kind }) => kind === 'SUBLINK');
      if (node.calls !== undefined && !readsRow && !isInside) found.add(node.calls);
    }
  }
  return [...found];
}
