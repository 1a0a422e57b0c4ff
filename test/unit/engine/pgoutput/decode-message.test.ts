import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../../lib/engine/pgoutput/decode-message.ts';
import { PgoutputError } from '../../../../lib/engine/pgoutput/messages.ts';
import { anyMessage } from './arbitrary-messages.ts';
import { bytesOf } from './messages-in-bytes.ts';

describe('decodeMessage', () => {
  it('decodes every message that a server could send', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(bytesOf(message))).toEqual(message);
      }),
      { numRuns: 400 },
    );
  });

  it('refuses a message that is cut anywhere', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, cut) => {
        const bytes = bytesOf(message);
        expect(() => decodeMessage(bytes.subarray(0, cut % bytes.length))).toThrow(PgoutputError);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses bytes after the end of a message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(() => decodeMessage(Buffer.concat([bytesOf(message), Buffer.from([0])]))).toThrow(
          PgoutputError,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('never fails otherwise on hostile bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...'IUDBCRTMOYX'), fc.uint8Array({ maxLength: 60 }), (letter, rest) => {
        try {
          decodeMessage(Buffer.concat([Buffer.from(letter), rest]));
        } catch (error) {
          expect(error).toBeInstanceOf(PgoutputError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['an unknown type', Buffer.from('Z'), 'unknown type'],
    [
      'a value of a negative length',
      Buffer.from('I\0\0\0\x01N\0\x01t\xff\xff\xff\xff', 'latin1'),
      '-1 bytes',
    ],
    [
      'binary values, which were not asked for',
      Buffer.from('I\0\0\0\x01N\0\x01b\0\0\0\0', 'latin1'),
      'format 98',
    ],
    ['more columns than a table can have', Buffer.from('I\0\0\0\x01N\xff\xff', 'latin1'), '65535 columns'],
    ['four billion truncated tables', Buffer.from('T\xff\xff\xff\xff\0\0\0\0\x01', 'latin1'), 'cut off'],
    ['an insertion with an old row', Buffer.from('I\0\0\0\x01K\0\0', 'latin1'), 'new row'],
    ['nothing at all', Buffer.alloc(0), 'cut off'],
  ])('refuses %s', (_, bytes, words) => {
    expect(() => decodeMessage(bytes)).toThrow(words);
  });
});
