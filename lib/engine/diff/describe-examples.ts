import { decodeField, fieldAt, fieldBorders } from '../copy-text/copy-fields.ts';
import { NotTranscodableError, transcode } from '../rows/transcode.ts';
import type { RowExample, Values } from './diff-report.ts';
import type { DifferentRow } from './join-rows.ts';
import type { TablePair } from './table-pair.ts';

/** Describes rows by their columns' values. Without a key and without whole rows there is nothing to show. */
export async function describeExamples(
  rows: readonly DifferentRow[],
  { columns, key }: Pick<TablePair, 'columns' | 'key'>,
  encoding: string,
): Promise<RowExample[]> {
  const described = await Promise.all(
    rows.map(async ({ key: keyText, backup, source }): Promise<RowExample> => {
      const values = (names: readonly string[], line: Buffer) => valuesOf(names, line, encoding);
      return {
        ...(key ? { key: await values(key, Buffer.from(keyText, 'latin1')) } : {}),
        ...(backup ? { backup: await values(columns, backup) } : {}),
        ...(source ? { source: await values(columns, source) } : {}),
      };
    }),
  );
  return described.filter((example) => Object.keys(example).length > 0);
}

async function valuesOf(names: readonly string[], line: Buffer, encoding: string): Promise<Values> {
  if (names.length === 0) return {};
  const text = Buffer.from(await asText(line, encoding));
  const borders = fieldBorders(text, names.length);
  return Object.fromEntries(
    names.map((name, field) => [name, decodeField(fieldAt(text, borders, field).toString('utf8'))]),
  );
}

/** Bytes that are not valid in their encoding are shown one by one, as latin1. */
async function asText(line: Buffer, encoding: string): Promise<string> {
  try {
    async function* whole() {
      yield line;
      yield Buffer.from('\n');
    }
    const { text } = await transcode(whole(), encoding);
    return Buffer.concat(await Array.fromAsync(text))
      .toString('utf8')
      .slice(0, -1);
  } catch (error) {
    if (!(error instanceof NotTranscodableError)) throw error;
    return line.toString('latin1');
  }
}
