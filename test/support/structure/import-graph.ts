import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** From each source, by its path from the top of the repository, to those that it imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const IMPORT = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)['"](\.[^'"\n]+)['"]/g;

/** Every import counts: of types, of what is loaded late, and of what is only passed on. */
export function readImportGraph(root: string): ImportGraph {
  const sources = globSync('{lib,lambda,bin}/**/*.{ts,mjs}', { cwd: root }).sort();
  const known = new Set(sources);
  return new Map(
    sources.map((source) => {
      const text = readFileSync(join(root, source), 'utf8');
      const named = [...text.matchAll(IMPORT)].map(([, path = '']) =>
        posix.join(posix.dirname(source), path),
      );
      return [source, [...new Set(named)].filter((path) => known.has(path))];
    }),
  );
}

/** The same graph between folders, or whatever else files are put together by. */
export function grouped(graph: ImportGraph, groupOf: (file: string) => string): ImportGraph {
  const groups = new Map<string, Set<string>>();
  for (const [file, imports] of graph) {
    const group = groupOf(file);
    const others = groups.get(group) ?? new Set();
    for (const other of imports.map(groupOf)) if (other !== group) others.add(other);
    groups.set(group, others);
  }
  return new Map([...groups].map(([group, others]) => [group, [...others]]));
}

/** The sets of nodes that import each other, directly or by way of others (Tarjan's strongly connected components). */
export function circlesOf(graph: ImportGraph): string[][] {
  const indices = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): void => {
    const index = indices.size;
    indices.set(node, index);
    lowest.set(node, index);
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!indices.has(next)) visit(next);
      else if (!path.includes(next)) continue;
      lowest.set(node, Math.min(lowest.get(node) ?? index, lowest.get(next) ?? index));
    }
    if (lowest.get(node) !== index) return;
    const circle = path.splice(path.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!indices.has(node)) visit(node);
  return circles;
}
