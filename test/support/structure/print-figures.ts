import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { arrowsUp, FLOORS, floorOf } from './floors.ts';
import { circlesOf, grouped, type ImportGraph, readImportGraph } from './import-graph.ts';

/** The figures of the import graph: `npm run structure`, of this checkout or of the one whose path is given. */
const root = process.argv[2] ?? join(import.meta.dirname, '../../..');
const graph = readImportGraph(root);
const lines = [...graph.keys()]
  .map((file) => ({ file, count: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
  .sort((a, b) => b.count - a.count);
const perFolder = Map.groupBy(graph.keys(), (file) => posix.dirname(file));
const byFloor = Map.groupBy(graph.keys(), (file) => floorOf(file) ?? `no floor: ${posix.dirname(file)}`);
const names = Map.groupBy(graph.keys(), (file) => posix.basename(file));

function tell(heading: string, items: readonly string[]): void {
  console.log(`${heading}: ${items.length}`);
  for (const item of items) console.log(`  ${item}`);
}

function circles(of: ImportGraph): string[] {
  return circlesOf(of).map((circle) => `${circle.length}: ${circle.join(', ')}`);
}

console.log(`sources: ${graph.size}, imports: ${[...graph.values()].flat().length}`);
console.log(`lines: ${lines[Math.floor(lines.length / 2)]?.count} at the median, longest:`);
for (const { file, count } of lines.slice(0, 5)) console.log(`  ${count} ${file}`);
tell('circles of files', circles(graph));
tell('circles of the folders of lib/engine', circles(grouped(graph, (file) => folderOf(file))));
tell('arrows that run up', arrowsUp(graph));
tell(
  'folders with most files',
  [...perFolder]
    .map(([folder, files]) => `${files.length} ${folder}`)
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
    .slice(0, 8),
);
tell(
  'names of several files',
  [...names].filter(([, files]) => files.length > 1).map(([name, files]) => `${files.length} ${name}`),
);
tell(
  'floors, from the ground',
  [...byFloor]
    .map(([floor, files]) => ({ floor, files: files.length }))
    .sort((a, b) => FLOORS.indexOf(a.floor) - FLOORS.indexOf(b.floor))
    .map(({ floor, files }) => `${floor}: ${files}`),
);

/** `lib/engine/archive`, and `lib/engine` for the flows that lie in it. */
function folderOf(file: string): string {
  return posix.dirname(file).split('/').slice(0, 3).join('/');
}
