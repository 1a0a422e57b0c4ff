import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { CopyText } from '../../../../lib/engine/copy-text/copy-text.ts';

const { h64Raw } = await xxhash();

function message(type: string, content: Buffer): Buffer {
  const bytes = Buffer.alloc(5 + content.length);
  bytes.write(type);
  bytes.writeUInt32BE(content.length + 4, 1);
  content.copy(bytes, 5);
  return bytes;
}

/** Of a text that ends with a line feed; by another implementation of xxHash64. */
function digestOf(text: Buffer): { rows: number; sum: bigint } {
  const lines = text.toString('latin1').split('\n').slice(0, -1);
  const sum = lines.reduce((total, line) => total + h64Raw(Buffer.from(line, 'latin1')), 0n);
  return { rows: lines.length, sum: BigInt.asUintN(64, sum) };
}

/** As somebody does who keeps what was not taken until more has come. */
function readAll(stream: CopyText, pieces: readonly Buffer[]): { text: Buffer; rest: Buffer } {
  const texts: Buffer[] = [];
  let rest = Buffer.alloc(0);
  for (const piece of pieces) {
    rest = Buffer.concat([rest, piece]);
    for (;;) {
      const { taken, text } = stream.unframe(rest);
      texts.push(Buffer.from(text));
      rest = rest.subarray(taken);
      if (taken === 0 || rest.length === 0) break;
    }
  }
  return { text: Buffer.concat(texts), rest };
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

/** Rows of every length that takes another way: less than a stripe, several, more than is copied by hand. */
const row = fc
  .oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    fc.uint8Array({ minLength: 1000, maxLength: 3000 }),
  )
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x0a ? 0x0b : byte))));
const cuts = fc.array(fc.nat(), { maxLength: 30 });

describe('COPY text', () => {
  it('is taken out of CopyData messages, counted and digested, wherever the bytes were cut', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), cuts, cuts, (rows, messages, reads) => {
        const text = Buffer.concat(rows.flatMap((one) => [one, Buffer.from('\n')]));
        // A server sends a message for each row; nothing says that it has to.
        const wire = Buffer.concat(cutAt(text, messages).map((content) => message('d', content)));
        const stream = new CopyText();
        const read = readAll(stream, cutAt(wire, reads));
        expect(read.rest.length).toBe(0);
        expect(read.text.equals(text)).toBe(true);
        expect(stream).toMatchObject({ ...digestOf(text), rawBytes: text.length, isWithinRow: false });
      }),
    );
  });

  it('is the same to whoever has the text already', () => {
    fc.assert(
      fc.property(fc.array(row), cuts, (rows, places) => {
        const text = Buffer.concat(rows.flatMap((one) => [one, Buffer.from('\n')]));
        const stream = new CopyText();
        for (const piece of cutAt(text, places)) stream.read(piece);
        expect(stream).toMatchObject({ ...digestOf(text), rawBytes: text.length });
      }),
    );
  });

  it('is of one stream, whatever others read meanwhile', () => {
    const streams = [1, 2, 3].map((seed) => ({
      text: Buffer.from(Array.from({ length: 500 }, (_, index) => `${seed * index}\t${seed}\n`).join('')),
      stream: new CopyText(),
    }));
    for (let at = 0; at < 10_000; at += 7) {
      for (const { stream, text } of streams) stream.read(text.subarray(at, at + 7));
    }
    for (const { stream, text } of streams) expect(stream).toMatchObject(digestOf(text));
  });

  it('may have a row that is larger than everything that is read at once', () => {
    const text = Buffer.concat([Buffer.alloc(5_000_001, 'x'), Buffer.from('\nshort\n')]);
    const stream = new CopyText();
    expect(readAll(stream, cutAt(message('d', text), [70_000, 3_000_000])).text.equals(text)).toBe(true);
    expect(stream).toMatchObject({ ...digestOf(text), rawBytes: text.length });
  });

  it('stops before a message of another kind, and before half a header', () => {
    const stream = new CopyText();
    const data = message('d', Buffer.from('a row\n'));
    expect(stream.unframe(Buffer.concat([data, message('c', Buffer.alloc(0))])).taken).toBe(data.length);
    expect(stream.unframe(Buffer.concat([data, data.subarray(0, 4)])).taken).toBe(data.length);
    expect(stream.isWithinMessage).toBe(false);
    const { taken, text } = stream.unframe(data.subarray(0, 7));
    expect([taken, Buffer.from(text).toString()]).toEqual([7, 'a ']);
    expect(stream.isWithinMessage).toBe(true);
    expect(stream.isWithinRow).toBe(true);
  });

  it('refuses a message that says it is shorter than its own header', () => {
    expect(() => new CopyText().unframe(Buffer.from([0x64, 0, 0, 0, 3, 0, 0]))).toThrow('unreachable');
  });
});
