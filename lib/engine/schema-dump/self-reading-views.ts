import type { SelfReadingView } from '../catalog/self-reading-views.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import { statementTarget } from '../sql-script/statement-target.ts';
import { splitStatements } from '../sql-script/statements.ts';

const CREATE_VIEW = /^CREATE VIEW /;

/**
 * Creates each of these views twice, as pg_dump does for views that read each other: first with its columns
 * only, then replaced with its query. The body has one character per byte.
 */
export function makeSelfReadingTwice(body: string, views: readonly SelfReadingView[]): string {
  if (views.length === 0) return body;
  const stubs = new Map(
    views.map((view) => {
      const name = qualifiedName(view.schema, view.name);
      return [name, stubOf(name, view)].map((text) => Buffer.from(text).toString('latin1')) as [
        string,
        string,
      ];
    }),
  );
  const pieces: string[] = [];
  let kept = 0;
  for (const { start, text } of splitStatements(body)) {
    if (!CREATE_VIEW.test(text)) continue;
    const { schema = '', name = '' } = statementTarget(text);
    const stub = stubs.get(qualifiedName(schema, name));
    if (stub === undefined) continue;
    pieces.push(body.slice(kept, start), stub, 'CREATE OR REPLACE VIEW ');
    kept = start + 'CREATE VIEW '.length;
  }
  return pieces.join('') + body.slice(kept);
}

function stubOf(name: string, { columns }: SelfReadingView): string {
  const nulls = columns.map((column) => `\n    NULL::${column.type} AS ${quoteIdentifier(column.name)}`);
  return `CREATE VIEW ${name} AS\n SELECT${nulls.join(',')};\n\n`;
}
