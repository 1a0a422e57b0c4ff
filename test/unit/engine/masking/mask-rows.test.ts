import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeField, encodeField } from '../../../../lib/engine/copy-text/copy-fields.ts';
import { type ContentDigest, RowDigest } from '../../../../lib/engine/copy-text/row-digest.ts';
import type { DecidedColumn } from '../../../../lib/engine/masking/decide-masks.ts';
import { maskRows } from '../../../../lib/engine/masking/mask-rows.ts';

const column = (name: string, mask?: DecidedColumn['mask']): DecidedColumn => ({ name, rule: 'keep', mask });

/** Passes pieces on in one memory, as the archive's reader does. */
async function* inOneMemory(text: Buffer, cuts: readonly number[]) {
  const memory = Buffer.alloc(Math.max(text.length, 1));
  const borders = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  for (const [at, border] of borders.slice(1).entries()) {
    const length = text.copy(memory, 0, borders[at] ?? 0, border);
    yield memory.subarray(0, length);
    memory.fill(0x21);
  }
}

async function masked(
  text: Buffer,
  cuts: readonly number[],
  columns: readonly DecidedColumn[],
  onOriginal: (column: string, original: string) => void = () => {},
  longestTextBytes?: number,
) {
  let kept: ContentDigest | undefined;
  const pieces = maskRows(
    inOneMemory(text, cuts),
    { columns, isUtf8: true, onOriginal },
    (content) => {
      kept = content;
    },
    longestTextBytes,
  );
  const all = Buffer.concat(await Array.fromAsync(pieces));
  return { text: all, kept };
}

const value = fc.option(
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  { nil: null },
);

it.each([
  ['as strings', undefined],
  ['as bytes, which is the way of rows that are too long for a string', 0],
])(
  'changes masked fields alone, wherever the text is cut, and digests the others as COPY prints them: %s',
  async (_, longest) => {
    const cases = fc.record({
      rows: fc.array(fc.tuple(value, value, value)),
      cuts: fc.array(fc.nat(), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, cuts }) => {
        const line = (fields: ReadonlyArray<string | null>) => `${fields.map(encodeField).join('\t')}\n`;
        const originals: string[] = [];
        const { text, kept } = await masked(
          Buffer.from(rows.map(line).join('')),
          cuts,
          [column('a'), column('b', (original) => `<${original.length}>\t\n\\`), column('c')],
          (__, original) => originals.push(original),
          longest,
        );
        const expected = rows.map(([a, b, c]) => [a, b === null ? null : `<${b.length}>\t\n\\`, c]);
        expect(text.toString()).toBe(expected.map(line).join(''));
        const digest = new RowDigest();
        digest.update(Buffer.from(rows.map(([a, , c]) => line([a, c])).join('')));
        expect(kept).toEqual(digest.finish());
        expect(originals).toEqual(rows.flatMap(([, b]) => b ?? []));
      }),
    );
  },
);

it.each([undefined, 0])(
  'masks texts that are not in UTF-8 byte by byte, and tells no value that a mask left as it is (%s)',
  async (longest) => {
    const told: unknown[] = [];
    const text = Buffer.from('k\xe9pt\tm\xe4sk\\\\ed\n\xff\t\\N\nx\tsame\n', 'latin1');
    const columns = [
      column('a'),
      column('b', (value, onPart) => {
        if (value === 'same') return value;
        onPart?.('a part');
        return `${value}\xfc\n`;
      }),
    ];
    const pieces = maskRows(
      inOneMemory(text, [3]),
      { columns, isUtf8: false, onOriginal: (name, original) => told.push([name, original]) },
      () => {},
      longest,
    );
    const all = Buffer.concat(await Array.fromAsync(pieces)).toString('latin1');
    expect(all).toBe('k\xe9pt\tm\xe4sk\\\\ed\xfc\\n\n\xff\t\\N\nx\tsame\n');
    expect(told).toEqual([
      ['b', 'a part'],
      ['b', 'm\xe4sk\\ed'],
    ]);
  },
);

it('writes NULL for a mask that says so, and refuses rows of another shape', async () => {
  const columns = [column('a', () => null), column('b')];
  expect((await masked(Buffer.from('x\ty\n\\N\t\\N\n'), [], columns)).text.toString()).toBe(
    '\\N\ty\n\\N\t\\N\n',
  );
  await expect(masked(Buffer.from('one field\n'), [], columns)).rejects.toThrow(RangeError);
  await expect(masked(Buffer.from('a\tb\ncut'), [], columns)).rejects.toThrow(/within a row/);
  expect(decodeField('\\N')).toBeNull();
});
