import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, simpleQuery } from '../../../../../lib/engine/target/embedded/answer-reader.ts';

function message(type: string, ...body: Array<Buffer | string | number>): Buffer {
  const parts = body.map((part) => {
    if (typeof part === 'string') return Buffer.from(`${part}\0`);
    if (typeof part !== 'number') return part;
    const number = Buffer.alloc(2);
    number.writeInt16BE(part);
    return number;
  });
  const content = Buffer.concat(parts);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}

function value(text: string | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(text === null ? -1 : Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text ?? '')]);
}

const attributes = Buffer.alloc(18);
const ready = message('Z', Buffer.from('I'));

/** What the reader makes of a stream, cut into pieces at these places. */
function read(stream: Buffer, cuts: number[] = []) {
  const copied: Buffer[] = [];
  const reader = new AnswerReader((piece) => copied.push(Buffer.from(piece)));
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  for (const [index, place] of places.slice(1).entries()) reader.read(stream.subarray(places[index], place));
  return { ...reader.answer(), copied: Buffer.concat(copied).toString() };
}

const SELECTED = Buffer.concat([
  message('S', 'TimeZone', 'UTC'),
  message('T', 2, 'a', attributes, '__proto__', attributes),
  message('N', 'SNOTICE', Buffer.from([0])),
  message('D', 2, value('ä'), value(null)),
  message('D', 2, value(''), value('x')),
  message('C', 'SELECT 2'),
  ready,
]);
const COPIED = Buffer.concat([
  message('H', Buffer.from([0, 0, 0])),
  message('d', Buffer.from('1\thello\n')),
  message('d', Buffer.from('2\t\\N\n')),
  message('c'),
  message('C', 'COPY 2'),
  ready,
]);
const REFUSED = Buffer.concat([
  message(
    'E',
    'SFEHLER',
    'VERROR',
    'C23505',
    'Mduplicate key',
    'DKey (id)=(1) exists',
    'spublic',
    'tt',
    'nt_pkey',
    Buffer.from([0]),
  ),
  ready,
]);

describe("a server's messages", () => {
  it('are the same wherever the stream was cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(SELECTED, COPIED, REFUSED), fc.array(fc.nat()), (stream, cuts) => {
        expect(read(stream, cuts)).toEqual(read(stream));
      }),
    );
  });

  it('give rows as text, and the whole tag', () => {
    const { tags, rows, ready: isReady, error } = read(SELECTED);
    expect(tags).toEqual(['SELECT 2']);
    expect(rows?.map((row) => Object.entries(row))).toEqual([
      [
        ['a', 'ä'],
        ['__proto__', null],
      ],
      [
        ['a', ''],
        ['__proto__', 'x'],
      ],
    ]);
    expect([isReady, error]).toEqual([true, undefined]);
  });

  it('hand COPY data on without its framing', () => {
    expect(read(COPIED)).toMatchObject({ copied: '1\thello\n2\t\\N\n', tags: ['COPY 2'], ready: true });
  });

  it('give the refused object, and no detail: it quotes the row', () => {
    expect(read(REFUSED).error).toEqual({
      severity: 'ERROR',
      sqlState: '23505',
      message: 'duplicate key',
      refused: { schema: 'public', table: 't', constraint: 't_pkey' },
    });
  });

  it('are no answer when the server did not say that it is ready', () => {
    expect(read(Buffer.alloc(0))).toMatchObject({ tags: [], ready: false });
    expect(read(SELECTED.subarray(0, -1)).ready).toBe(false);
  });

  it('a query is framed, and holds no NUL', () => {
    expect(simpleQuery('ä')).toEqual(message('Q', 'ä'));
    expect(() => simpleQuery('a\0b')).toThrow(TypeError);
  });
});
