import type { CopyDestination, StatementResult } from '../../target/target.ts';

/** The session of a target into which changes are replayed. One statement runs at a time. */
export interface ReplaySession {
  execute(sql: string): Promise<StatementResult>;
  /** Loads COPY text in the encoding of the segments; part of the transaction that is open. */
  copyIn(destination: CopyDestination, body: AsyncIterable<Uint8Array>): Promise<number>;
  /** Begins a transaction. A target that is thrown away after a failure may do without. */
  begin(): Promise<void>;
  commit(): Promise<void>;
}
