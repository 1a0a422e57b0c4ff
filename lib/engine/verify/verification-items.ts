import type { ObjectCheck } from '../archive/codec/stored-bytes.ts';
import { nearestTable, tablesNamed } from '../archive/find-tables.ts';
import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import type { Chunk, Manifest } from '../archive/manifest.ts';
import { type Inconsistency, LARGE_OBJECTS, SCHEMA, tableName, WHOLE_MANIFEST } from './check-manifest.ts';
import type { VerificationItem } from './verification-report.ts';

export interface CheckedObject {
  readonly key: string;
  readonly check: ObjectCheck;
}

/** Assigns each result to the manifest, the object or the table that it concerns. */
export function verificationItems(
  manifest: Manifest,
  place: BackupPlace,
  checked: readonly CheckedObject[],
  contradictions: readonly Inconsistency[],
  requiredTables: readonly string[],
): VerificationItem[] {
  const problems = Map.groupBy(contradictions, ({ name }) => name);
  const problemsOf = (name: string) => problems.get(name)?.map(({ problem }) => problem) ?? [];
  const checks = new Map(checked.map(({ key, check }) => [key, check]));
  const required = new Map(requiredTables.map((name) => [name, tablesNamed(manifest.tables, name)]));
  const isRequired = new Set([...required.values()].flat());
  return [
    manifestItem(place, problemsOf(WHOLE_MANIFEST)),
    schemaItem(problemsOf(SCHEMA)),
    ...checked.map(({ key, check }) => objectItem(key, check, problemsOf(key))),
    ...manifest.tables.map((table) => {
      const name = tableName(table);
      const leftOut = isRequired.has(table) ? rowsLeftOut(table) : [];
      return sumItem('table', name, table.chunks, checks, [...problemsOf(name), ...leftOut]);
    }),
    ...[...required]
      .filter(([, tables]) => tables.length === 0)
      .map(([name]) => {
        const meant = nearestTable(manifest.tables, name);
        const question = meant === undefined ? '' : ` (did you mean ${meant}?)`;
        return damaged('table', name, [`is required, but not in this backup${question}`]);
      }),
    sumItem('large-objects', LARGE_OBJECTS, manifest.largeObjects.chunks, checks, problemsOf(LARGE_OBJECTS)),
  ];
}

export function manifestItem(place: BackupPlace, problems: readonly string[]): VerificationItem {
  const name = manifestKey(place);
  return problems.length === 0
    ? { kind: 'manifest', name, verdict: 'match' }
    : damaged('manifest', name, problems);
}

function schemaItem(problems: readonly string[]): VerificationItem {
  if (problems.length === 0) return { kind: 'schema', name: SCHEMA, verdict: 'match' };
  return damaged('schema', SCHEMA, problems);
}

function objectItem(key: string, check: ObjectCheck, contradictions: readonly string[]): VerificationItem {
  const found = check.problem === undefined ? [] : [check.problem];
  if (contradictions.length > 0) return damaged('object', key, [...found, ...contradictions]);
  return {
    kind: 'object',
    name: key,
    verdict: check.verdict,
    ...(check.problem === undefined ? {} : { problem: check.problem }),
  };
}

/** The item of a table or of the large objects: it matches if all chunks do and nothing contradicts. */
function sumItem(
  kind: VerificationItem['kind'],
  name: string,
  chunks: readonly Chunk[],
  checks: ReadonlyMap<string, ObjectCheck>,
  contradictions: readonly string[],
): VerificationItem {
  const bad = chunks
    .map(({ key }) => checks.get(key)?.verdict ?? 'damaged')
    .filter((verdict) => verdict !== 'match');
  if (bad.length === 0 && contradictions.length === 0) return { kind, name, verdict: 'match' };
  const found = bad.length > 0 ? [`has ${bad.length} bad chunks of ${chunks.length}`] : [];
  if (contradictions.length > 0 || bad.includes('damaged')) {
    return damaged(kind, name, [...contradictions, ...found]);
  }
  return { kind, name, verdict: 'unreadable', problem: found.join('; ') };
}

function rowsLeftOut({ dataLeftOut }: { dataLeftOut?: string | undefined }): string[] {
  return dataLeftOut === undefined ? [] : [`is required, but its rows were left out: ${dataLeftOut}`];
}

function damaged(
  kind: VerificationItem['kind'],
  name: string,
  problems: readonly string[],
): VerificationItem {
  return { kind, name, verdict: 'damaged', problem: problems.join('; ') };
}
