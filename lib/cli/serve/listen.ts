import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../engine/ground/errors.ts';
import { usageError } from '../program/failure.ts';
import { type Answers, answerRequest } from './answer-request.ts';
import type { HealthAddress } from './health-address.ts';

export interface HealthListener {
  readonly url: string;
  /** Lets the requests end that have begun, and closes every connection. */
  close(): Promise<void>;
}

const LONGEST_REQUEST_MS = 10_000;

/** Answers monitors over HTTP. Throws `health-port-refused`. */
export async function listenForMonitors(
  { host, port }: HealthAddress,
  given: { readonly token: string | undefined; readonly answers: Answers },
): Promise<HealthListener> {
  const server = createServer(
    { requestTimeout: LONGEST_REQUEST_MS, headersTimeout: LONGEST_REQUEST_MS, maxHeaderSize: 8192 },
    (request, response) => answerRequest(request, response, given),
  );
  server.maxConnections = 100;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    throw usageError(
      'health-port-refused',
      `Nothing can listen at ${host}:${port}: ${messageOf(error)}.`,
      'Name another port: `--serve 9972`. Ports below 1024 need privileges.',
    );
  }
  const { address, family, port: opened } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${opened}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
  };
}
