import { describe, expect, it } from 'vitest';
import {
  newerSource,
  newerSourceReason,
  newerSourceReasonOfRows,
} from '../../../../../lib/engine/target/apply/newer-source.ts';

const NEWER = { sourceMajor: 19, targetMajor: 18 };

describe('a target that is older than the source', () => {
  it('is known by the two majors', () => {
    expect(newerSource(19, 18)).toEqual(NEWER);
    expect(newerSource(18, 18)).toBeUndefined();
    expect(newerSource(15, 18)).toBeUndefined();
    expect(newerSource(undefined, 18)).toBeUndefined();
  });

  it.each([
    ['42601', 'syntax error at or near "NULLS"', 'CREATE VIEW v AS SELECT 1'],
    ['42704', 'type "oid8" does not exist', 'CREATE TABLE t (a oid8)'],
    ['42704', 'unrecognized configuration parameter "new_one"', 'CREATE FUNCTION f()'],
    ['42883', 'function error_on_null(text) does not exist', 'CREATE VIEW v AS SELECT error_on_null(a)'],
    ['42704', 'text search dictionary "pg_catalog.polish_stem" does not exist', 'ALTER TEXT SEARCH'],
    ['42P01', 'relation "pg_stat_lock" does not exist', 'CREATE VIEW v AS SELECT FROM pg_stat_lock'],
    ['42703', 'column s.fresh does not exist', 'CREATE VIEW v AS SELECT s.fresh FROM pg_stat_database s'],
    ['0A000', 'statistics creation on virtual generated columns is not supported', 'CREATE STATISTICS'],
    ['42704', 'data type inet has no default operator class for access method "gist"', 'CREATE INDEX'],
  ])('is excused for %s %s', (sqlState, message, text) => {
    expect(newerSourceReason(NEWER, { sqlState, message }, text)).toMatch(/the target, PostgreSQL 18.*19/);
  });

  it.each([
    ['42883', 'function shop.total(integer) does not exist', 'CREATE VIEW v AS SELECT pg_catalog.now()'],
    ['42P01', 'relation "shop.orders" does not exist', 'CREATE VIEW v AS SELECT FROM pg_class'],
    ['42703', 'column o.total does not exist', 'CREATE VIEW v AS SELECT o.total FROM shop.orders o'],
    ['42704', 'role "app" does not exist', 'ALTER TABLE t OWNER TO app'],
    ['23505', 'could not create unique index "t_pkey"', 'ALTER TABLE t ADD CONSTRAINT'],
    ['42501', 'permission denied for schema shop', 'CREATE TABLE shop.t ()'],
  ])('is not excused for %s %s', (sqlState, message, text) => {
    expect(newerSourceReason(NEWER, { sqlState, message }, text)).toBeUndefined();
  });

  it('is excused for values that its types do not read, and for no others', () => {
    const message = 'syntax error at or near "(" of jsonpath input';
    expect(newerSourceReasonOfRows(NEWER, { sqlState: '42601', message })).toContain(message);
    expect(newerSourceReasonOfRows(NEWER, { sqlState: '23514', message: 'violates' })).toBeUndefined();
  });
});
