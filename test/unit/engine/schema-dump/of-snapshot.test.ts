import { expect, it } from 'vitest';
import { isOfSnapshot } from '../../../../lib/engine/schema-dump/of-snapshot.ts';

it('knows queries that read rows of the catalog, and nothing else', () => {
  for (const query of [
    'SET lock_timeout = 0',
    "set client_encoding to 'UTF8'",
    'SELECT inhrelid, inhparent FROM pg_inherits',
    'SELECT tableoid, oid, amname, amhandler::pg_catalog.regproc AS amhandler FROM pg_am',
    `SELECT c.oid, CASE WHEN c.relkind = 'S' THEN 's'::"char" ELSE 'pg_get_viewdef('::"char" END FROM pg_class c`,
    "SELECT classid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' ORDER BY 3",
  ]) {
    expect(isOfSnapshot(query), query).toBe(true);
  }
});

it('does not take queries for such that look into the newest catalog, or that it does not know', () => {
  for (const query of [
    'SELECT pg_catalog.pg_get_viewdef (1)',
    'SELECT pg_catalog.format_type(t.oid, NULL) FROM pg_type t',
    'SELECT typbasetype::pg_catalog.regtype FROM pg_type',
    'SELECT label FROM pg_catalog.pg_seclabels',
    'SELECT "pg_get_expr"(adbin, adrelid) FROM pg_attrdef',
    'PREPARE dumpFunc(pg_catalog.oid) AS SELECT 1',
    "EXECUTE dumpFunc('1')",
    'WITH RECURSIVE w AS (SELECT 1) SELECT 1',
  ]) {
    expect(isOfSnapshot(query), query).toBe(false);
  }
});
