import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerFrames } from '../../bench/playback/answer-frames.ts';
import { type ClientMessage, clientMessages, sqlOf } from '../../bench/playback/client-messages.ts';

function message(type: string, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** The bytes in pieces, cut wherever it hurts. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const places = fc.array(fc.nat(), { maxLength: 20 });
/** Bodies that look like the end of an answer among them. */
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constant(message('Z', Buffer.from('I'))),
  fc.constant(message('E', Buffer.alloc(3))),
);
const answer = fc.record({
  messages: fc.array(fc.tuple(fc.constantFrom('H', 'd', 'c', 'C', 'N'), body), { maxLength: 8 }),
  hasFailed: fc.boolean(),
  status: fc.constantFrom('I', 'T', 'E'),
});

describe('what a server sends', () => {
  it('ends where it says that it is ready, in whatever pieces it arrives', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 5 }), places, (answers, where) => {
        const ends: Array<{ total: number; status: string; hasFailed: boolean }> = [];
        const sent: Buffer[] = [];
        let total = 0;
        for (const { messages, hasFailed, status } of answers) {
          for (const [type, content] of messages) sent.push(message(type, content));
          if (hasFailed) sent.push(message('E', Buffer.from('SERROR\0\0')));
          sent.push(message('Z', Buffer.from(status)));
          total = sent.reduce((sum, { length }) => sum + length, 0);
          ends.push({ total, status, hasFailed });
        }
        const frames = new AnswerFrames();
        const found: typeof ends = [];
        let before = 0;
        for (const piece of cut(Buffer.concat(sent), where)) {
          for (let at = 0; ; ) {
            const ended = frames.read(piece, at);
            if (!ended) break;
            const { end, status, hasFailed } = ended;
            found.push({ total: before + end, status, hasFailed });
            at = end;
          }
          before += piece.length;
        }
        expect(found).toEqual(ends);
      }),
    );
  });
});

describe('what a client sends', () => {
  it('is cut into its messages, those without a letter first', async () => {
    const opening = (code: number, rest = '') => {
      const bytes = Buffer.alloc(8 + rest.length);
      bytes.writeInt32BE(bytes.length);
      bytes.writeInt32BE(code, 4);
      bytes.write(rest, 8);
      return bytes;
    };
    const protocol3 = 3 << 16;
    const told = [
      opening(80877104),
      opening(80877103),
      opening(protocol3, 'user\0ada\0\0'),
      message('p', Buffer.from('secret\0')),
      message('Q', Buffer.from('SELECT 1\0')),
      message('S', Buffer.alloc(0)),
      message('X', Buffer.alloc(0)),
    ];
    await fc.assert(
      fc.asyncProperty(places, async (where) => {
        async function* pieces() {
          yield* cut(Buffer.concat(told), where);
        }
        const messages: ClientMessage[] = [];
        for await (const one of clientMessages(pieces())) messages.push(one);
        expect(messages.map(({ type }) => type)).toEqual([
          'encryption',
          'encryption',
          'startup',
          ...['p', 'Q', 'S', 'X'],
        ]);
        expect(messages.map(({ bytes }) => bytes)).toEqual(told);
        expect(messages.filter(({ type }) => type === 'Q').map(sqlOf)).toEqual(['SELECT 1']);
      }),
    );
  });
});
