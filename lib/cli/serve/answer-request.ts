import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSameSecret } from '../../engine/ground/same-secret.ts';
import { httpStatusOf, type Status } from '../../engine/health/status/status.ts';
import { OPEN_METRICS_TYPE, PROMETHEUS_TYPE } from '../../present/openmetrics/open-metrics.ts';

/** What a request is answered from. Neither asks the source nor the vault. */
export interface Answers {
  status(): Status;
  metrics(): string;
}

/** Without the token nobody learns anything, not even which paths there are. */
export function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { token, answers }: { readonly token: string | undefined; readonly answers: Answers },
): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (token !== undefined && !isSameSecret(bearerOf(request), token)) {
    response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const [path] = (request.url ?? '/').split('?');
  if (path === '/metrics') {
    const wantsOpenMetrics = /application\/openmetrics-text/.test(request.headers.accept ?? '');
    const type = wantsOpenMetrics ? OPEN_METRICS_TYPE : PROMETHEUS_TYPE;
    response.writeHead(200, { 'Content-Type': type }).end(answers.metrics());
  } else if (path === '/' || path === '/health') {
    const status = answers.status();
    response
      .writeHead(httpStatusOf(status), { 'Content-Type': 'application/json' })
      .end(`${JSON.stringify(status)}\n`);
  } else response.writeHead(404).end();
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}
