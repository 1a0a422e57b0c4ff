import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { relationKey } from '../archived/relation-key.ts';
import type { RestorePlan } from './restore-plan.ts';

const WORDS: Readonly<Record<string, string>> = {
  r: 'TABLE',
  p: 'TABLE',
  f: 'FOREIGN TABLE',
  v: 'VIEW',
  m: 'MATERIALIZED VIEW',
  S: 'SEQUENCE',
};

/**
 * Statements that move everything from the staging schemas to where it belongs, and drop these schemas. Indexes,
 * constraints, policies and owned sequences go with their tables; views and foreign keys follow by themselves.
 */
export async function movesOf(target: ServerTarget, { staging }: RestorePlan): Promise<string[]> {
  if (staging === undefined) return [];
  const moves: string[] = [];
  for (const [schema, staged] of staging) {
    const { rows } = await target.execute(`
      SELECT c.relname AS name, c.relkind AS kind
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ${quoteLiteral(staged)} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
               WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND c.relkind = 'S'
                 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i'))
       ORDER BY c.relname`);
    for (const { name, kind } of rows) {
      if (name == null || kind == null) continue;
      moves.push(
        `ALTER ${WORDS[kind] ?? 'TABLE'} ${relationKey(staged, name)} SET SCHEMA ${quoteIdentifier(schema)}`,
      );
    }
    moves.push(`DROP SCHEMA ${quoteIdentifier(staged)}`);
  }
  return moves;
}
