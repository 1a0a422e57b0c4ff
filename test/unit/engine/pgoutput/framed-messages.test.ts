import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../../lib/engine/pgoutput/decode-message.ts';
import { FramedMessages } from '../../../../lib/engine/pgoutput/framed-messages.ts';
import { PgoutputError } from '../../../../lib/engine/pgoutput/messages.ts';
import { anyMessage } from './arbitrary-messages.ts';
import { framed } from './messages-in-bytes.ts';

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

describe('FramedMessages', () => {
  it('cuts text into its messages, wherever its pieces were cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (all, cuts) => {
          const reader = new FramedMessages();
          const found = cutAt(framed(all), cuts).flatMap((piece) => {
            const used = Buffer.from(piece);
            const messages = [...reader.push(used)].map((bytes) => decodeMessage(bytes));
            used.fill(0xff);
            return messages;
          });
          reader.end();
          // Text is compared after the piece was used again: nothing may still look into it.
          expect(found).toEqual(all);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('notices text that ends within a message, or within a length', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, cut) => {
        const bytes = framed([message]);
        const reader = new FramedMessages();
        const some = bytes.subarray(0, 1 + (cut % (bytes.length - 1)));
        expect([...reader.push(some)]).toEqual([]);
        expect(() => reader.end()).toThrow(PgoutputError);
      }),
      { numRuns: 100 },
    );
  });

  it.each([0, 0xffff_ffff])('refuses a length of %d', (length) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(length);
    expect(() => [...new FramedMessages().push(bytes)]).toThrow(PgoutputError);
  });
});
