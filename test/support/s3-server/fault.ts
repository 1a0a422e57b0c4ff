import type { Operation } from './request.ts';

/** One request whose signature was right, before it is carried out. */
export interface RequestInfo {
  readonly operation: Operation;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly partNumber: number | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What PutObjectTagging sets. */
  readonly tags?: Readonly<Record<string, string>>;
  /** 1 for the first request of this operation since the server started. */
  readonly count: number;
}

/** An error instead of the request; with status 200 it is S3's "200 OK with an error in the body". */
export interface ErrorFault {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answered before the body was read, and the connection closed. */
  readonly early?: boolean;
  /** Sent instead of the error document. */
  readonly body?: string;
}

/** The answer promises its whole body, sends that many bytes of it, and then breaks off or says nothing more. */
export interface TruncationFault {
  readonly truncateAfter: number;
  readonly andThen?: 'cut' | 'stall';
}

export type Fault =
  | 'pass'
  /** The connection is closed; the request was not carried out. */
  | 'cut'
  /** Carried out, and then the connection is closed instead of an answer. */
  | 'cut-after'
  /** Never answered, for as long as the client waits. */
  | 'stall'
  | ErrorFault
  | TruncationFault;

/** Decides what becomes of a request. A promise holds the request up until it resolves. */
export type FaultHook = (request: RequestInfo) => Fault | undefined | Promise<Fault | undefined>;
