import type { S3Client } from '@aws-sdk/client-s3';

/** What is known of the clock of the server that answers. */
export interface ServerClock {
  /** How far this machine's clock is ahead of it, in milliseconds, near enough to a second or two. */
  readonly aheadMs: number | undefined;
}

/** Reads the time off each answer: its header Date (RFC 9110, 6.6.1), which every S3 server sends. */
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
