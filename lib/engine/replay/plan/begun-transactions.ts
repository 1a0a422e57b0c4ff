import { decodeMessage } from '../../pgoutput/decode-message.ts';
import { FramedMessages } from '../../pgoutput/framed-messages.ts';
import type { BeginMessage } from '../../pgoutput/messages.ts';
import type { ReplaySegment } from '../replay.ts';
import { streamDamaged } from '../stream-damaged.ts';

const BEGIN = 'B'.charCodeAt(0);

/** The beginnings of the transactions of a segment, in the order of their commits. */
export async function* begunTransactions({ key, pieces }: ReplaySegment): AsyncGenerator<BeginMessage> {
  const messages = new FramedMessages();
  try {
    for await (const piece of pieces()) {
      for (const bytes of messages.push(piece)) {
        if (bytes[0] !== BEGIN) continue;
        const message = decodeMessage(bytes);
        if (message.kind === 'begin') yield message;
      }
    }
    messages.end();
  } catch (error) {
    throw streamDamaged(error, key);
  }
}
