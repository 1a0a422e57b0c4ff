import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doBlock, oneLine } from '../../../../lib/engine/catalog/script.ts';

describe('a DO block', () => {
  it('has dollar quotes that its body does not hold', () => {
    expect(doBlock('BEGIN END')).toBe('DO $lifeboat$\nBEGIN END\n$lifeboat$;');
    const tricky = fc
      .array(fc.constantFrom('$lifeboat$', '$lifeboat1$', '$lifeboat', '$', 'x', "'"))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(tricky, (body) => {
        const [, tag, rest] = /^DO (\$\w+\$)\n([\s\S]*);$/.exec(doBlock(body)) ?? [];
        expect(rest?.indexOf(tag ?? '')).toBe((rest?.length ?? 0) - (tag?.length ?? 0));
      }),
    );
  });
});

describe('text in a comment', () => {
  it('cannot end it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(oneLine(text)).not.toMatch(/[\r\n\u2028\u2029\f\v]/);
      }),
    );
  });
});
