import type { DecidedColumn } from './decide-masks.ts';

export interface RowMask {
  readonly columns: readonly DecidedColumn[];
  /** The rows are in UTF-8; other encodings are passed on byte for byte. */
  readonly isUtf8: boolean;
  /** Told of each original that its mask changed, and of the changed parts of arrays and documents. */
  readonly onOriginal: (column: string, original: string) => void;
}

/** Whole lines, masked, and the kept fields of each. */
export interface MaskedPiece {
  readonly masked: Buffer;
  readonly kept: Buffer;
}
