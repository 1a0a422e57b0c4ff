import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeField, fieldAt, fieldBorders } from '../../../../lib/engine/copy-text/copy-fields.ts';
import { RowDigest } from '../../../../lib/engine/copy-text/row-digest.ts';
import { RowReader, type RowShape } from '../../../../lib/engine/diff/row-reader.ts';

/** As PostgreSQL writes a value. */
function encode(value: string | null): string {
  if (value === null) return '\\N';
  const escapes: Record<string, string> = {
    '\\': '\\\\',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  return value.replace(/[\\\b\f\n\r\t\v]/g, (character) => escapes[character] ?? character);
}
const value = fc.option(
  fc.string({ unit: fc.constantFrom('a', 'é', '\t', '\n', '\\', 'N', '\r', '\v', '') }),
  { nil: null },
);
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) =>
    fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 12 }),
  );
const copyText = (rows: Array<Array<string | null>>) =>
  Buffer.from(rows.map((row) => `${row.map(encode).join('\t')}\n`).join(''));

async function read(text: Buffer, shape: RowShape, size = 7) {
  const rows: Array<{ key: string; hash: bigint; line: string }> = [];
  const reader = await RowReader.create(shape, ({ key, hash, line }) =>
    rows.push({ key: key.toString('latin1'), hash, line: line.toString() }),
  );
  for (let at = 0; at < text.length; at += size) reader.update(text.subarray(at, at + size));
  return { rows, digest: reader.digest(), count: reader.rows };
}

describe('rows of COPY text', () => {
  it('give back every value, however the text is cut', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
        const fields = rows[0]?.length ?? 1;
        const read1 = await read(copyText(rows), { fields, compared: undefined, key: undefined }, size);
        const values = read1.rows.map(({ line }) => {
          const bytes = Buffer.from(line);
          const borders = fieldBorders(bytes, fields);
          return Array.from({ length: fields }, (_, field) =>
            decodeField(fieldAt(bytes, borders, field).toString()),
          );
        });
        expect(values).toEqual(rows);
      }),
    );
  });

  it('have the digest that a manifest has', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = copyText(rows);
        const digest = new RowDigest();
        digest.update(text);
        const found = await read(text, { fields: rows[0]?.length ?? 1, compared: undefined, key: undefined });
        expect({ rows: found.count, digest: found.digest }).toEqual({
          rows: rows.length,
          digest: digest.finish().digest,
        });
      }),
    );
  });

  it('are compared by the columns that both sides have', async () => {
    const left = await read(Buffer.from('1\tdropped\tx\n2\tother\ty\n'), {
      fields: 3,
      compared: [0, 2],
      key: [0],
    });
    const right = await read(Buffer.from('1\tx\n2\ty\n'), { fields: 2, compared: undefined, key: [0] });
    expect(left).toEqual(right);
    expect(left.rows.map(({ key }) => key)).toEqual(['1', '2']);
  });

  it('are told apart by keys of several columns, and by all they hold without a key', async () => {
    const { rows } = await read(Buffer.from('a\tb\tc\na\t\tb\n'), {
      fields: 3,
      compared: undefined,
      key: [0, 1],
    });
    expect(rows.map(({ key }) => key)).toEqual(['a\tb', 'a\t']);
    const whole = await read(Buffer.from('1\t2\n1\t2\n2\t1\n'), {
      fields: 2,
      compared: undefined,
      key: undefined,
    });
    expect(new Set(whole.rows.map(({ key }) => key)).size).toBe(2);
  });

  it('that end within a row, or have too few fields, are no rows', async () => {
    await expect(read(Buffer.from('1\t2'), { fields: 2, compared: undefined, key: [0] })).rejects.toThrow(
      'within a row',
    );
    await expect(read(Buffer.from('1\n'), { fields: 2, compared: undefined, key: [0] })).rejects.toThrow(
      '1 fields',
    );
  });
});
