import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startS3Server } from './server.ts';

/**
 * The test server as a process of its own: `node test/support/s3-server/main.ts [--bucket name] [--port n]
 * [--versioning] [--object-lock] [--write-once]`. Prints one line of JSON once it listens, and runs until SIGTERM, SIGINT or the
 * end of the pipe on its standard input.
 */
const { values } = parseArgs({
  options: {
    bucket: { type: 'string' },
    port: { type: 'string' },
    versioning: { type: 'boolean' },
    'object-lock': { type: 'boolean' },
    'write-once': { type: 'boolean' },
  },
});

const server = await startS3Server({
  ...(values.bucket === undefined ? {} : { bucket: values.bucket }),
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
  versioning: values.versioning ?? false,
  objectLock: values['object-lock'] ?? false,
  writeOnce: values['write-once'] ?? false,
});
const { endpoint, region, bucket, credentials } = server;
process.stdout.write(
  `${JSON.stringify({ endpoint, region, bucket, ...credentials, environment: server.environment() })}\n`,
);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server.stop();
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// Only a parent's pipe ends because the parent did; /dev/null ends at once.
const input = fstatSync(0);
if (input.isFIFO() || input.isSocket()) process.stdin.once('end', stop).resume();
