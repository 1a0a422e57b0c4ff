import { type QueryRequest, query } from '../lib/engine/browse/query/query.ts';

/** Runs one query on a backup, and returns its rows as text. */
export async function ask(request: QueryRequest): Promise<Array<Array<string | null>>> {
  const answer: Array<Array<string | null>> = [];
  await query(request, { columns() {}, row: (values) => answer.push([...values]) });
  return answer;
}
