import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeField, encodeField } from '../../../../lib/engine/copy-text/copy-fields.ts';

it('a value becomes a field of COPY text, and comes back from it', () => {
  expect(encodeField('a\tb\\N\n')).toBe('a\\tb\\\\N\\n');
  expect(encodeField(null)).toBe('\\N');
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('\\', '\t', '\n', '\r', '\b', '\f', '\v', 'N', 'ä', '.') }),
      (text) => {
        expect(decodeField(encodeField(text))).toBe(text);
        expect(encodeField(text)).not.toMatch(/[\t\n]/);
      },
    ),
  );
});
