import type { WorkKind } from '../../ground/work-ahead.ts';
import { decodeName } from '../../sql-script/names.ts';
import { tableElements } from '../../sql-script/table-elements.ts';
import { significantTokens, wordOf } from '../../sql-script/tokens.ts';

/** A table as far as it decides how long its indexes take. */
export interface IndexedTable {
  readonly rows: number;
  /** COPY text. */
  readonly rawBytes: number;
  /** The types of its columns, in lower case: the first word of each. */
  readonly types: ReadonlyMap<string, string>;
}

export interface IndexCost {
  readonly kind: Extract<WorkKind, 'key' | 'search-index'>;
  readonly expectedMs: number;
  readonly sizeBytes: number;
  /** What its expressions cost ANALYZE and others for each row. */
  readonly expressionNs: number;
}

/**
 * Measured with test/bench/progress.ts on PostgreSQL 15 (Debian), two cores, indexes of 0.7 to 3 million rows: reading the
 * table takes 0.8 ns a byte; a B-tree sorts and writes a row in 0.3 to 1.2 µs; a hash index scatters it in 1.9 µs; GIN takes
 * 10 ns a byte of jsonb and 150 ns a byte of to_tsvector.
 */
const SCAN_NS_PER_BYTE = 0.8;
const ROW_NS = {
  btree: 500,
  hash: 1900,
  brin: 20,
  gin: 1500,
  gist: 6000,
  spgist: 4000,
  other: 6000,
} as const;
/** For each key column beyond the first, and for a text of any length, whose comparison calls a collation. */
const COLUMN_NS = 150;
const TEXT_NS = 350;
const GIN_NS_PER_BYTE = 10;
const EXPRESSION_NS = 250;
const TEXT_SEARCH_NS_PER_BYTE = 140;
/**
 * Bytes of an index, measured on the same databases: a B-tree takes 13 for each row, 9.5 more for each column of a number or
 * time and about 25 for a short text; a hash index 36; GIN up to 0.6 of what it indexes.
 */
const SIZE = { row: 13, column: 9.5, text: 25, hash: 36, brin: 0.5, ginOfBytes: 0.6, other: 60 } as const;
const TEXTS: ReadonlySet<string> = new Set(['text', 'character', 'varchar', 'name', 'public', 'numeric']);

/** Undefined for a statement that builds no index. */
export function indexCost(statement: string, table: IndexedTable): IndexCost | undefined {
  const tokens = significantTokens(statement);
  const words = tokens.map(wordOf);
  const isConstraint = words[0] === 'ALTER';
  if (isConstraint && !/\b(?:PRIMARY KEY|UNIQUE|EXCLUDE)\b/.test(statement)) return undefined;
  if (!isConstraint && !words.slice(0, 3).includes('INDEX')) return undefined;
  const using = words.indexOf('USING');
  const method = using === -1 ? 'btree' : (tokens[using + 1]?.text.toLowerCase() ?? 'btree');
  const keys = tableElements(tokens);
  const { rows, rawBytes, types } = table;
  const bytesOfRow = rows === 0 ? 0 : rawBytes / rows;
  const searchesText = /\bto_tsvector\b/.test(statement);
  let expressionNs = 0;
  let texts = 0;
  for (const { tokens: own } of keys) {
    const [first] = own;
    const isExpression = first?.text === '(' || own.some(({ text }) => text === '(');
    if (isExpression) expressionNs += searchesText ? bytesOfRow * TEXT_SEARCH_NS_PER_BYTE : EXPRESSION_NS;
    else if (first && TEXTS.has(types.get(decodeName(first.kind, first.text)) ?? '')) texts += 1;
  }
  const isKey = method === 'btree' || method === 'hash' || method === 'brin';
  const ofMethod = ROW_NS[method as keyof typeof ROW_NS] ?? ROW_NS.other;
  const sorts = method === 'btree' ? texts * TEXT_NS + Math.max(0, keys.length - 1) * COLUMN_NS : 0;
  const perByte = method === 'gin' && !searchesText ? GIN_NS_PER_BYTE * bytesOfRow : 0;
  const rowNs = ofMethod + sorts + perByte + expressionNs + SCAN_NS_PER_BYTE * bytesOfRow;
  const ofRow = {
    btree: SIZE.row + (keys.length - texts) * SIZE.column + texts * SIZE.text,
    hash: SIZE.hash,
    brin: SIZE.brin,
    gin: SIZE.ginOfBytes * bytesOfRow,
  };
  const sizeBytes = rows * (ofRow[method as keyof typeof ofRow] ?? SIZE.other);
  return {
    kind: isKey ? 'key' : 'search-index',
    expectedMs: (rows * rowNs) / 1e6,
    sizeBytes,
    expressionNs,
  };
}

/** The first word of each column's type, by the column's name. */
export function columnTypes(createTable: string): ReadonlyMap<string, string> {
  return new Map(
    tableElements(significantTokens(createTable)).flatMap(({ tokens: [name, type] }) =>
      name && type ? [[decodeName(name.kind, name.text), type.text.toLowerCase()] as const] : [],
    ),
  );
}
