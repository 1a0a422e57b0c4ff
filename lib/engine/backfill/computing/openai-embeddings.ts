import type { InputRow } from './computation.ts';

/**
 * A request for embeddings in OpenAI's format, which many others understand
 * (https://platform.openai.com/docs/api-reference/embeddings/create). The inputs of a row are one text: its values, a line each.
 */
export function embeddingsBody(rows: readonly InputRow[], model: string): string {
  return JSON.stringify({ model, input: rows.map(({ json }) => textOf(json)), encoding_format: 'float' });
}

function textOf(json: string): string {
  const values = Object.values(JSON.parse(json) as Record<string, unknown>);
  return values
    .filter((value) => value !== null)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join('\n');
}

/** `{"data": [{"index": 0, "embedding": […]}]}` as answers by id; undefined for anything else. */
export function embeddingsOf(answer: unknown, rows: readonly InputRow[]): unknown[] | undefined {
  const data = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.flatMap((one: { index?: unknown; embedding?: unknown } | null) => {
    const row = typeof one?.index === 'number' ? rows[one.index] : undefined;
    return row && Array.isArray(one?.embedding) ? [{ id: row.id, value: one.embedding }] : [];
  });
}
