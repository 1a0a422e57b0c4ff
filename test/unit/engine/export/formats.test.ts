import { describe, expect, it } from 'vitest';
import { builtInType } from '../../../../lib/engine/export/built-in-types.ts';
import { fileNames } from '../../../../lib/engine/export/file-name.ts';
import { readArray } from '../../../../lib/engine/export/formats/array-text.ts';
import {
  daysOf,
  microsecondsOf,
  parquetColumn,
} from '../../../../lib/engine/export/formats/parquet-columns.ts';
import { rowsOfCopyText } from '../../../../lib/engine/export/rows-of-copy-text.ts';
import { valueTypeOf } from '../../../../lib/engine/export/value-type.ts';

it('reads arrays as PostgreSQL prints them', () => {
  expect(readArray('{1,NULL,"NULL","a\\"b\\\\",{x,"y z"}}')).toEqual([
    '1',
    null,
    'NULL',
    'a"b\\',
    ['x', 'y z'],
  ]);
  expect(readArray('[2:3]={5,6}')).toEqual(['5', '6']);
  expect(readArray('{}')).toEqual([]);
  for (const broken of ['', '{', '{"a', '{a}b', 'a']) expect(readArray(broken), broken).toBeUndefined();
});

it('knows types, with domains resolved', () => {
  const bases = new Map([
    ['app.id', 'app.positive'],
    ['app.positive', 'bigint'],
    ['app.circle', 'app.circle'],
  ]);
  const of = (type: string) => valueTypeOf(type, (name) => bases.get(name));
  expect(of('app.id')).toEqual({ kind: 'int8' });
  expect(of('app.id[]')).toEqual({ kind: 'text', element: { kind: 'int8' } });
  expect(of('numeric(12,2)')).toEqual({ kind: 'numeric', digits: { precision: 12, scale: 2 } });
  expect(of('timestamp(3) with time zone')).toEqual({ kind: 'timestamptz' });
  for (const type of ['box[]', 'public.geometry[]', 'postgis.geography(Point,4326)[]'])
    expect(of(type), type).toEqual({ kind: 'text' });
  expect(of('public.geometry')).toEqual({ kind: 'text' });
  expect(of('app.mailbox[]')).toEqual({ kind: 'text', element: { kind: 'text' } });
  expect(of('app.circle')).toEqual({ kind: 'text' });
  // numeric_typmod_scale: numeric(5,2) and numeric(3,-2).
  expect(builtInType(1700, ((5 << 16) | 2) + 4)).toBe('numeric(5,2)');
  expect(builtInType(1700, ((3 << 16) | (-2 & 0x7ff)) + 4)).toBe('numeric(3,-2)');
});

describe('Parquet', () => {
  it('counts days and microseconds, also before 1970 and before Christ', () => {
    for (const day of ['1969-12-31', '2000-02-29', '2026-11-30', '0001-01-01'])
      expect(daysOf(day), day).toBe(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
    expect(daysOf('0001-12-31 BC')).toBe((daysOf('0001-01-01') ?? 0) - 1);
    expect(daysOf('infinity')).toBeUndefined();
    expect(microsecondsOf('1969-12-31 23:59:59.5')).toBe(-500_000n);
    expect(microsecondsOf('2026-11-30 13:05:30.123456+00')).toBe(1_796_043_930_123_456n);
    expect(microsecondsOf('-infinity')).toBeUndefined();
    expect(microsecondsOf('294247-01-10 04:00:54.775807')).toBe(2n ** 63n - 1n);
    expect(microsecondsOf('294247-01-10 04:00:54.775808')).toBeUndefined();
    expect(microsecondsOf('294276-12-31 23:59:59.999999+00')).toBeUndefined();
  });

  it('keeps every digit of a decimal', () => {
    const column = (digits: { precision: number; scale: number }) =>
      parquetColumn({ name: 'n', type: '', value: { kind: 'numeric', digits } }, 'n').convert;
    expect(column({ precision: 38, scale: 10 })('-1234567890123456789012345678.0123456789')).toBe(
      -12345678901234567890123456780123456789n,
    );
    expect(column({ precision: 5, scale: 2 })('-0.05')).toBe(-5n);
    expect(column({ precision: 5, scale: 2 })('NaN')).toBeUndefined();
  });
});

it('reads rows of COPY text wherever it is cut, in another order of columns', async () => {
  const text = Buffer.from('1\ta\\tü\t\\N\n2\t\t\\\\N\n');
  for (let size = 1; size <= text.length; size += 1) {
    async function* pieces() {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    }
    const rows = (await Array.fromAsync(rowsOfCopyText(pieces(), [1, 0, 2]))).flat();
    expect(rows).toEqual([
      ['a\tü', '1', null],
      ['', '2', '\\N'],
    ]);
  }
});

it('names files that no shell and no file system misunderstands, each once', () => {
  expect(
    fileNames(['public.users', 'public.Users', '../../etc/passwd', '-rf', `a'b"; $(x)`], {
      format: 'csv',
      compression: 'zstd',
    }),
  ).toEqual([
    'public.users.csv.zst',
    'public.Users_2.csv.zst',
    '__.._etc_passwd.csv.zst',
    '_rf.csv.zst',
    'a_b_x_.csv.zst',
  ]);
});
