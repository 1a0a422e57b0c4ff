import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { message } from '../../../../lib/engine/wire/backend-messages.ts';
import { FrontendReader, NotTheProtocolError } from '../../../../lib/engine/wire/frontend-reader.ts';
import { readStartupPacket } from '../../../../lib/engine/wire/startup-packet.ts';

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const borders = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
}

describe('messages of a client', () => {
  it('come out whole and in order, however the socket cuts them', () => {
    const messages = fc.array(
      fc.tuple(fc.constantFrom('Q', 'P', 'B', 'E', 'S', 'X'), fc.uint8Array({ maxLength: 300 })),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(messages, fc.array(fc.nat(3000), { maxLength: 12 }), (given, places) => {
        const sent = given.map(([type, body]) => Buffer.from(message(type, body)));
        const reader = new FrontendReader();
        const taken: Buffer[] = [];
        for (const piece of cut(Buffer.concat(sent), places)) {
          reader.add(piece);
          for (let one = reader.takeMessage(); one; one = reader.takeMessage()) {
            expect(one.type).toBe(one.bytes.toString('latin1', 0, 1));
            taken.push(Buffer.from(one.bytes));
          }
        }
        expect(taken).toEqual(sent);
        expect(reader.takeMessage()).toBeUndefined();
      }),
    );
  });

  it.each([['GET / HTTP/1.1\r\n'], ['\x16\x03\x01\x02\x00\x01']])('end what is none: %j', (text) => {
    const reader = new FrontendReader();
    reader.add(Buffer.from(text, 'latin1'));
    expect(() => reader.takeStartupPacket()).toThrow(NotTheProtocolError);
  });

  it('with a length that cannot be are none', () => {
    const reader = new FrontendReader();
    reader.add(Buffer.from('Q\x7f\xff\xff\xff', 'latin1'));
    expect(() => reader.takeMessage()).toThrow(NotTheProtocolError);
  });
});

describe('a start-up packet', () => {
  const packet = (code: number, rest: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeInt32BE(8 + rest.length);
    head.writeInt32BE(code, 4);
    return Buffer.concat([head, rest]);
  };

  it('holds who comes, and what for', () => {
    const rest = Buffer.from('user\0lifeboat\0database\0shop\0application_name\0\0TimeZone\0UTC\0\0');
    expect(readStartupPacket(packet(3 << 16, rest))).toEqual({
      kind: 'start',
      minorVersion: 0,
      parameters: new Map([
        ['user', 'lifeboat'],
        ['database', 'shop'],
        ['application_name', ''],
        ['TimeZone', 'UTC'],
      ]),
    });
    expect(readStartupPacket(packet((3 << 16) | 2, Buffer.alloc(1)))).toMatchObject({ minorVersion: 2 });
  });

  it('may ask for encryption, or to cancel', () => {
    expect(readStartupPacket(packet(80877103, Buffer.alloc(0)))).toEqual({ kind: 'encryption' });
    const key = Buffer.alloc(8);
    key.writeInt32BE(7);
    key.writeInt32BE(-9, 4);
    expect(readStartupPacket(packet(80877102, key))).toEqual({ kind: 'cancel', processId: 7, key: -9 });
  });

  it('is read without harm, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readStartupPacket(Buffer.from(bytes));
      }),
    );
  });
});
