/** A row on its way to what computes its value. */
export interface InputRow {
  /** Its number in the batch, by which the answer is matched. */
  readonly id: string;
  /** Its inputs, as the text of a JSON object: numbers keep all their digits. */
  readonly json: string;
}

/** JSON as an answer holds it, or the words of a refusal. */
export type Computed = { readonly value: unknown } | { readonly refused: string };

/** Computes the values of a batch, outside the database. */
export interface Computation {
  compute(rows: readonly InputRow[], signal: AbortSignal): Promise<ReadonlyMap<string, Computed>>;
  close(): Promise<void>;
}

/** A failure that may pass: the batch is tried again. `what` never holds a row. */
export class PassingFailure extends Error {
  readonly waitMs: number | undefined;
  constructor(what: string, waitMs?: number) {
    super(what);
    this.name = 'PassingFailure';
    this.waitMs = waitMs;
  }
}

/** The whole batch was refused, and perhaps because of one row: it is tried in halves. */
export class BatchRefused extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'BatchRefused';
  }
}
