import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageStream } from '../../../../lib/engine/wire/message-stream.ts';

const message = fc
  .tuple(fc.constantFrom('D', 'C', 'Z', 'S', 'T'), fc.uint8Array({ maxLength: 40 }))
  .map(([type, body]) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  });

test('finds every end, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(message),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages);
        const stream = new MessageStream();
        const found: Array<[type: string, end: number]> = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const piece = bytes.subarray(at, at + (cuts[turn % cuts.length] ?? 1));
          stream.read(piece, (type, end) => found.push([type, at + end]));
          at += piece.length;
          expect(stream.atBoundary).toBe(found.at(-1)?.[1] === at);
        }
        const ends = messages.map((_, index) => Buffer.concat(messages.slice(0, index + 1)).length);
        expect(found).toEqual(messages.map((one, index) => [String.fromCharCode(one[0] ?? 0), ends[index]]));
      },
    ),
  );
});
