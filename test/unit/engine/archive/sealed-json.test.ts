import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSealedJson, readSealedJson } from '../../../../lib/engine/archive/sealed-json.ts';

const VALUE = { name: 'käse "und" \\brot\n', count: 3, nested: { list: [1, null, 'x'] } };

describe('a JSON file that carries its own checksum', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const content = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        expect(readSealedJson(formatSealedJson(content))).toEqual({ intact: true, value: content });
      }),
    );
  });

  it('shows every flipped bit', () => {
    const file = formatSealedJson(VALUE);
    for (let bit = 0; bit < file.length * 8; bit++) {
      const changed = Buffer.from(file);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readSealedJson(changed).intact, `bit ${bit}`).toBe(false);
    }
  });

  it('shows every cut, and everything appended', () => {
    const file = formatSealedJson(VALUE);
    for (let length = 0; length < file.length; length++) {
      expect(readSealedJson(file.subarray(0, length)).intact, `${length} bytes`).toBe(false);
    }
    for (const more of ['\n', ' ', 'x', '\0']) {
      expect(readSealedJson(Buffer.concat([file, Buffer.from(more)])).intact).toBe(false);
    }
  });

  it('shows an edit that leaves it good JSON', () => {
    const edited = formatSealedJson(VALUE).toString('utf8').replace('"count": 3', '"count": 4');
    expect(readSealedJson(Buffer.from(edited))).toMatchObject({
      intact: false,
      problem: expect.stringContaining('changed after it was written'),
    });
    const bare = Buffer.from(JSON.stringify(VALUE));
    expect(readSealedJson(bare)).toMatchObject({
      intact: false,
      problem: expect.stringContaining('selfSha256'),
    });
    expect(readSealedJson(Buffer.from('[1]')).intact).toBe(false);
  });
});
