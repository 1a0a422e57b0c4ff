import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeScript,
  holdsOtherBytes,
  readableText,
} from '../../../../lib/engine/sql-script/script-text.ts';
import { splitStatements } from '../../../../lib/engine/sql-script/statements.ts';

describe('a script', () => {
  it('is read as UTF-8, and keeps every other byte apart', () => {
    const bytes = Buffer.from('COMMENT ON TABLE "gr\xc3\xb6\xdfe" IS \'\xff\';\nSELECT 1;', 'latin1');
    const text = decodeScript(bytes);
    expect(text).toBe(`COMMENT ON TABLE "grö\udcdfe" IS '\udcff';\nSELECT 1;`);
    expect(splitStatements(text).map((statement) => holdsOtherBytes(statement.text))).toEqual([true, false]);
    expect(readableText(text)).toBe(`COMMENT ON TABLE "größe" IS 'ÿ';\nSELECT 1;`);
  });

  it('loses nothing, whatever its bytes are', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xc3, 0xb6, 0xe2, 0x82, 0xac, 0xf0),
    );
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(byte), (some, more) => {
        const bytes = Buffer.concat([some, Uint8Array.from(more)]);
        const text = decodeScript(bytes);
        const back = Buffer.concat(
          Array.from(text, (character) =>
            holdsOtherBytes(character)
              ? Buffer.of(character.charCodeAt(0) & 0xff)
              : Buffer.from(character, 'utf8'),
          ),
        );
        expect(back.equals(bytes)).toBe(true);
      }),
    );
  });

  it.each(['', 'plain', 'größe 大きさ 🛟', '\u{fffd} \u{7f}\u{80}'])(
    'that is UTF-8 comes as it is: %s',
    (text) => {
      expect(decodeScript(Buffer.from(text, 'utf8'))).toBe(text);
    },
  );
});
