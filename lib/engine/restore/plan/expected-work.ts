import { chunkId } from '../../archive/chunk-id.ts';
import type { Chunk, TableData } from '../../archive/manifest.ts';
import type { WorkPiece } from '../../ground/work-ahead.ts';
import { comparisonOf } from '../../proof/comparison-clock.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import { relationKey } from '../archived/relation-key.ts';
import { stepOfChunk } from './chunk-steps.ts';
import { columnTypes, type IndexedTable, indexCost } from './index-cost.ts';

/** Measured as index-cost.ts says, in one session: reading a chunk from a file and COPY, per byte and per row. */
const LOAD_NS_PER_BYTE = 13;
const LOAD_NS_PER_ROW = 250;
const COMPARE_NS_PER_BYTE = 5;
const COMPARE_NS_PER_ROW = 150;
const REFERENCE_NS_PER_ROW = 170;
/** ANALYZE reads 300 rows for each step of default_statistics_target, which is 100 (analyze.c). */
const SAMPLED_ROWS = 30_000;
const ANALYZE_NS_PER_VALUE = 2000;
const VIEW_NS_PER_ROW = 300;
const STATEMENT_MS = 2;

/** Steps of one table, in this order. */
const STEPS = { load: 0, key: 1, reference: 2, analyze: 3 } as const;

export interface WorkToDo {
  readonly tables: readonly TableData[];
  readonly largeObjects: readonly Chunk[];
  readonly entries: readonly ArchivedEntry[];
  /** The root of the tree of partitions that a relation is in, or the relation. */
  rootOf(relation: string): string;
  /** Where a table is while it is restored and compared. */
  placeOf(table: TableData): { readonly schema: string; readonly name: string };
  /** Whether a step was done before. */
  isDone(step: string): boolean;
  readonly compares: boolean;
  /** Added to the numbers of the stages: tiers follow one another. @default 0 */
  readonly firstStage?: number;
  /** Created tables, for their columns: any entries, in any order. */
  readonly created: readonly Pick<ArchivedEntry, 'type' | 'relation' | 'statements'>[];
}

/** The ids of pieces that are neither a chunk ({@link chunkId}) nor an entry (its step). */
export const analysisOf = (relation: string) => `analyze ${relation}`;

/** The stages of one tier. */
export const STAGES = 3;

/** What is to be done, piece by piece, with the time that each should take. */
export function expectedWork(work: WorkToDo): WorkPiece[] {
  const { tables, largeObjects, entries, rootOf, placeOf, isDone, compares, firstStage = 0 } = work;
  const [filling, rest, comparing] = [firstStage, firstStage + 1, firstStage + 2];
  const indexed = indexedTables(work);
  const perTable = tables.flatMap((table): WorkPiece[] => {
    const { schema, name, rows, rawBytes, columns, chunks } = table;
    const key = relationKey(schema, name);
    const about = rootOf(key);
    const compared: WorkPiece = {
      id: comparisonOf(placeOf(table)),
      kind: 'compare',
      ...{ stage: comparing, about, step: 0, alone: true },
      expectedMs: (rawBytes * COMPARE_NS_PER_BYTE + rows * COMPARE_NS_PER_ROW) / 1e6,
    };
    return [
      ...chunks.filter((chunk) => !isDone(stepOfChunk(chunk))).map((chunk) => loadOf(chunk, about, filling)),
      {
        id: analysisOf(key),
        kind: 'analyze',
        ...{ stage: filling, about, step: STEPS.analyze, alone: true },
        expectedMs: (Math.min(rows, SAMPLED_ROWS) * columns.length * ANALYZE_NS_PER_VALUE) / 1e6,
      },
      ...(compares ? [compared] : []),
    ];
  });
  const expressions = new Map<string, number>();
  const perEntry = entries.flatMap((entry): WorkPiece[] => {
    const { step, type, relation = '', section, statements } = entry;
    if (section !== 'post-data' || isDone(step)) return [];
    const about = rootOf(relation);
    const table = indexed.get(relation) ?? NO_TABLE;
    const piece = { id: step, stage: filling, about };
    if (type === 'FK CONSTRAINT') {
      const expectedMs = (rowsOfTree(relation, rootOf, indexed) * REFERENCE_NS_PER_ROW) / 1e6;
      return [{ ...piece, kind: 'reference', step: STEPS.reference, alone: true, expectedMs }];
    }
    const cost =
      type === 'INDEX' || type === 'CONSTRAINT' ? indexCost(statements[0] ?? '', table) : undefined;
    if (cost) {
      const { kind, expectedMs, expressionNs } = cost;
      expressions.set(relation, (expressions.get(relation) ?? 0) + expressionNs);
      return [{ ...piece, kind, step: STEPS.key, alone: type === 'CONSTRAINT', expectedMs }];
    }
    if (type === 'INDEX ATTACH' || type === 'STATISTICS') return [];
    const expectedMs = type === 'MATERIALIZED VIEW DATA' ? viewMs(entry, work, indexed) : STATEMENT_MS;
    return [{ ...piece, kind: 'other', stage: rest, about: 'rest', step: 0, alone: true, expectedMs }];
  });
  return [
    ...largeObjects
      .filter((chunk) => !isDone(stepOfChunk(chunk)))
      .map((chunk) => loadOf(chunk, chunkId(chunk), filling)),
    ...perTable.map((piece) => withExpressions(piece, expressions, indexed)),
    ...perEntry,
  ];
}

const NO_TABLE: IndexedTable = { rows: 0, rawBytes: 0, types: new Map() };

function loadOf(chunk: Chunk, about: string, stage: number): WorkPiece {
  const { rawBytes, rows } = chunk;
  const expectedMs = (rawBytes * LOAD_NS_PER_BYTE + rows * LOAD_NS_PER_ROW) / 1e6;
  return { id: chunkId(chunk), kind: 'load', stage, about, step: STEPS.load, expectedMs };
}

export function indexedTables({
  tables,
  created,
}: Pick<WorkToDo, 'tables' | 'created'>): ReadonlyMap<string, IndexedTable> {
  const statements = new Map(
    created.flatMap(({ type, relation, statements: [first = ''] }) =>
      type === 'TABLE' && relation !== undefined ? [[relation, first] as const] : [],
    ),
  );
  return new Map(
    tables.map(({ schema, name, rows, rawBytes }) => {
      const key = relationKey(schema, name);
      return [key, { rows, rawBytes, types: columnTypes(statements.get(key) ?? '') }] as const;
    }),
  );
}

function rowsOfTree(
  relation: string,
  rootOf: WorkToDo['rootOf'],
  indexed: ReadonlyMap<string, IndexedTable>,
): number {
  const own = indexed.get(relation);
  if (own) return own.rows;
  return [...indexed].reduce((sum, [key, { rows }]) => sum + (rootOf(key) === relation ? rows : 0), 0);
}

/** ANALYZE computes the expressions of indexes for its sample, too. */
function withExpressions(
  piece: WorkPiece,
  expressions: ReadonlyMap<string, number>,
  indexed: ReadonlyMap<string, IndexedTable>,
): WorkPiece {
  if (piece.kind !== 'analyze') return piece;
  const relation = piece.id.slice(analysisOf('').length);
  const rows = Math.min(indexed.get(relation)?.rows ?? 0, SAMPLED_ROWS);
  return { ...piece, expectedMs: piece.expectedMs + (rows * (expressions.get(relation) ?? 0)) / 1e6 };
}

/** A view reads what it mentions. What it makes of that, nobody knows before. */
function viewMs(
  { relation }: ArchivedEntry,
  { created }: WorkToDo,
  indexed: ReadonlyMap<string, IndexedTable>,
): number {
  const view = created.find((one) => one.type === 'MATERIALIZED VIEW' && one.relation === relation);
  const names = new Set(nameMentions(view?.statements[0] ?? '').map(({ key }) => key));
  return [...names].reduce((sum, key) => {
    const { rows = 0, rawBytes = 0 } = indexed.get(key) ?? {};
    return sum + (rows * VIEW_NS_PER_ROW + rawBytes) / 1e6;
  }, STATEMENT_MS);
}
