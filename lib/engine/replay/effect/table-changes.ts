import type { DeleteMessage, InsertMessage, UpdateMessage } from '../../pgoutput/messages.ts';

/** What a batch does to one table in the end, whatever it did in between. */
export interface TableChanges {
  /** About how many bytes of memory it holds; it never shrinks. */
  readonly heldBytes: number;
  /** How many rows it holds. */
  readonly heldRows: number;
  /** Whether the rows that were there before the batch are gone. */
  readonly isTruncated: boolean;
  insert(message: InsertMessage): void;
  update(message: UpdateMessage): void;
  delete(message: DeleteMessage): void;
  truncate(): void;
}

/** What a row holds besides its text, about: measured with Node 24. */
export const ROW_OVERHEAD_BYTES = 160;
