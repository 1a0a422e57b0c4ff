import type { ImportGraph } from './import-graph.ts';

/** From the ground up: a folder imports only from itself and from those above it in this list. A subfolder may have a floor of its own. */
export const FLOORS = [
  'lib/contract',
  'lib/schedule',
  'lib/engine/ground',
  'lib/engine/age',
  'lib/engine/storage',
  'lib/engine/wire',
  'lib/engine/ssh',
  'lib/engine/connection',
  'lib/engine/sql-script',
  'lib/engine/sql-script/majors',
  'lib/engine/options',
  'lib/engine/copy-text',
  'lib/engine/archive',
  'lib/engine/catalog',
  'lib/engine/health/measures',
  'lib/engine/fingerprint',
  'lib/engine/snapshot',
  'lib/engine/selection',
  'lib/engine/schema-dump',
  'lib/engine/handover',
  'lib/engine/target',
  'lib/engine/target/collation',
  'lib/engine/target/apply',
  'lib/engine/target/embedded',
  'lib/engine/target/server',
  'lib/engine/rows',
  'lib/engine/proof',
  'lib/engine/backup',
  'lib/engine/verify',
  'lib/engine/restore/archived',
  'lib/engine/restore/renaming',
  'lib/engine/restore/target',
  'lib/engine/restore/plan',
  'lib/engine/restore/renamed',
  'lib/engine/restore/apply',
  'lib/engine/restore/load',
  'lib/engine/restore/compare',
  'lib/engine/restore',
  'lib/engine/drill',
  'lib/engine/browse/copy',
  'lib/engine/browse/session',
  'lib/engine/browse',
  'lib/engine/browse/query',
  'lib/engine/diff',
  'lib/engine/bring-back',
  'lib/engine/keep',
  'lib/engine/watch',
  'lib/engine/scrub',
  'lib/engine/health',
  'lib/engine/doctor',
  'lib/present',
  'lib/present/json',
  'lib/present/terminal',
  'lib/present/csv',
  'lib/notify',
  'lib/pool',
  'lib/api',
  'lib/init',
  'lib/cli/program',
  'lib/cli/options',
  'lib/cli/man',
  'lib/cli/init',
  'lib/cli/notify',
  'lib/cli/completion',
  'lib/cli/commands',
  'lib/cli',
  'lambda/shared',
  'lambda/backup',
  'lambda/restore-drill',
  'lambda/sentinel',
  'lambda/notify',
  'lambda/scrub',
  'lambda',
  'lib/bundle',
  'lib/infra',
  'lib/package',
  'bin',
];

const DEEPEST_FIRST = FLOORS.toSorted((a, b) => b.length - a.length);

/** The floor on which a file lies: that of the nearest folder which has one. */
export function floorOf(file: string): string | undefined {
  return DEEPEST_FIRST.find((floor) => file.startsWith(`${floor}/`));
}

/** `file → import`, for each import from a floor above. */
export function arrowsUp(graph: ImportGraph): string[] {
  const heightOf = (file: string) => FLOORS.indexOf(floorOf(file) ?? '');
  return [...graph].flatMap(([file, imports]) =>
    imports.filter((other) => heightOf(other) > heightOf(file)).map((other) => `${file} → ${other}`),
  );
}
