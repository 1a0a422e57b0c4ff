import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { isSameSecret } from '../lib/engine/ground/same-secret.ts';
import { httpStatusOf, statusOf } from '../lib/engine/health/status/status.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { EndpointSecret } from './health-endpoint/endpoint-secret.ts';
import { LastLook } from './health-endpoint/last-look.ts';
import { timeUpSignal } from './health-endpoint/time-up.ts';
import { endpointEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { reportFailure } from './shared/report-failure.ts';

const { vault, sources, results, secretArn, header } = endpointEnvironment();
const looks = sources.map(
  (source) => new LastLook(source, { vault: openStore(vault), results: openStore(results) }),
);
const secret = secretArn === undefined ? undefined : new EndpointSecret(secretArn);

const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/**
 * Answers a monitor outside: 200 or 503, from what the health functions have stored and what the vault holds. It asks no
 * source. Without the secret the answer has no body, and nothing is read for it.
 */
export async function handler(
  event: LambdaFunctionURLEvent,
  context: Context,
): Promise<LambdaFunctionURLResult> {
  logger.addContext(context);
  const signal = timeUpSignal(context);
  try {
    if (secret && !isSameSecret(givenSecret(event), await secret.read(signal))) return { statusCode: 401 };
    const { method } = event.requestContext.http;
    if (method !== 'GET' && method !== 'HEAD') return { statusCode: 405, headers: { allow: 'GET, HEAD' } };
    const now = new Date();
    const found = await Promise.all(looks.map((look) => look.results(now, signal)));
    const status = statusOf(found, now);
    return { statusCode: httpStatusOf(status), headers: HEADERS, body: `${JSON.stringify(status)}\n` };
  } catch (error) {
    reportFailure(error, 'The health endpoint');
    return { statusCode: 503 };
  }
}

/** A function URL writes the names of headers in lower case (AWS Lambda Developer Guide, "Request payload format"). */
function givenSecret({ headers }: LambdaFunctionURLEvent): string | undefined {
  return headers[(header ?? '').toLowerCase()];
}
