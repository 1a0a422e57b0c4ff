import fc from 'fast-check';
import { expect, it } from 'vitest';
import { editRows, type RowEdit } from '../../../../lib/engine/erasures/edit-rows.ts';

async function edited(
  text: string,
  cuts: readonly number[],
  edits: ReadonlyMap<number, RowEdit>,
): Promise<string> {
  const bytes = Buffer.from(text);
  // One memory for all pieces, as a reader of chunks has it.
  const shared = Buffer.alloc(bytes.length);
  const borders = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  async function* pieces() {
    for (const [at, from] of borders.entries()) {
      const length = bytes.copy(shared, 0, from, borders[at + 1] ?? bytes.length);
      if (length > 0) yield shared.subarray(0, length);
    }
  }
  return Buffer.concat(await Array.fromAsync(editRows(pieces(), edits, 2))).toString();
}

it('leaves out and empties exactly the rows that are named, however the pieces are cut', async () => {
  const field = fc.constantFrom('a', '\\N', '', 'ä\\t', 'long text');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ fields: fc.tuple(field, field), edit: fc.constantFrom('', 'out', 'null') })),
      fc.array(fc.nat(400)),
      async (rows, places) => {
        const text = rows.map(({ fields }) => `${fields.join('\t')}\n`).join('');
        const length = Buffer.byteLength(text);
        const edits = new Map<number, RowEdit>();
        rows.forEach(({ edit }, row) => {
          if (edit !== '') edits.set(row, edit === 'out' ? 'out' : new Set([1]));
        });
        const left = rows.flatMap(({ fields: [a, b], edit }) =>
          edit === 'out' ? [] : [`${a}\t${edit === 'null' ? '\\N' : b}\n`],
        );
        const cuts = places.map((place) => place % (length + 1));
        expect(await edited(text, cuts, edits)).toBe(left.join(''));
      },
    ),
  );
});

it('refuses text that ends within a row', async () => {
  await expect(edited('a\tb\nc', [], new Map())).rejects.toThrow('within a row');
});
