/**
 * The least that a Lambda runtime is: asks the Runtime API for events and calls the handler that _HANDLER names. Stands in
 * for AWS's own client (aws-lambda-ric) where that is not installed. Run as `node plain-runtime-client.ts`.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Handler = (event: unknown, context: object) => Promise<unknown>;

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = '', _HANDLER = '' } = process.env;
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const [module = '', name = ''] = _HANDLER.split('.');

function errorOf(error: unknown): string {
  const { name: errorType, message: errorMessage, stack } = error as Error;
  return JSON.stringify({ errorType, errorMessage, stackTrace: stack?.split('\n') });
}

async function post(path: string, body: string): Promise<void> {
  await fetch(`${api}/${path}`, { method: 'POST', body });
}

let handler: Handler;
try {
  const loaded: Record<string, Handler> = await import(
    pathToFileURL(join(LAMBDA_TASK_ROOT, `${module}.mjs`)).href
  );
  if (!loaded[name]) throw new Error(`${module}.mjs exports no ${name}`);
  handler = loaded[name];
} catch (error) {
  await post('init/error', errorOf(error));
  process.exit(1);
}

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const payload = await handler(await next.json(), context);
    await post(`invocation/${id}/response`, JSON.stringify(payload ?? null));
  } catch (error) {
    await post(`invocation/${id}/error`, errorOf(error));
  }
}
