import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { cloudWatchProblem } from '../../../../lib/engine/ground/cloudwatch-failure.ts';

async function problemWith(status: number, type: string, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new CloudWatchClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  try {
    await client.send(new DescribeAlarmsCommand({}));
    return expect.unreachable();
  } catch (error) {
    return cloudWatchProblem(error);
  } finally {
    client.destroy();
    server.close();
  }
}

it.each([
  [405, 'application/xml', '<?xml version="1.0"?><Error><Code>MethodNotAllowed</Code></Error>'],
  [404, 'application/xml', '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>'],
  [403, 'text/html', '<html><hr></html>'],
  [200, 'text/html', '<html></html>'],
])(
  'an S3 server or a proxy that answers %i with %s in its place is named as what it is',
  async (...answer) => {
    expect(await problemWith(...answer)).toContain('AWS_ENDPOINT_URL_S3');
  },
);

it('what CloudWatch itself says stays as it is', async () => {
  const body = '{"__type":"AccessDenied","message":"You may not."}';
  expect(await problemWith(403, 'application/x-amz-json-1.0', body)).toBe('You may not');
});
