import type { S3Client } from '@aws-sdk/client-s3';

/** The clock of the S3 server, compared with this machine's. */
export interface ServerClock {
  /**
   * How far this machine's clock is ahead, in milliseconds, accurate to a second or two; undefined before an
   * answer.
   */
  readonly aheadMs: number | undefined;
}

/** Reads the server's time from each answer: every S3 server sends the header Date (RFC 9110, 6.6.1). */
export function watchServerClock(client: S3Client): ServerClock {
  const clock: { aheadMs: number | undefined } = { aheadMs: undefined };
  client.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      const headers = (result.response as { headers?: Record<string, string> } | undefined)?.headers;
      const serverTime = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(serverTime)) clock.aheadMs = Date.now() - serverTime;
      return result;
    },
    { step: 'deserialize', name: 'watchServerClock', priority: 'low' },
  );
  return clock;
}
