import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface PublishedMessage {
  readonly topic: string;
  readonly subject: string;
  readonly message: string;
}

/** The little of SNS that is needed to hear a message. */
export interface TopicServer {
  readonly messages: PublishedMessage[];
  /** Whether publishing is refused. */
  refuses: boolean;
  environment(): Record<string, string>;
  stop(): Promise<void>;
}

/** SNS speaks AWS's query protocol: a form in the request, XML in the answer. */
export async function startTopicServer(): Promise<TopicServer> {
  const http = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    if (server.refuses || form.get('Action') !== 'Publish') {
      response.writeHead(403, { 'content-type': 'text/xml' });
      response.end(
        '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>',
      );
      return;
    }
    server.messages.push({
      topic: form.get('TopicArn') ?? '',
      subject: form.get('Subject') ?? '',
      message: form.get('Message') ?? '',
    });
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: TopicServer = {
    messages: [],
    refuses: false,
    environment: () => ({
      AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    }),
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}
