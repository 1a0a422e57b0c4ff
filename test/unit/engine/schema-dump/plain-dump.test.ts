import { expect, test } from 'vitest';
import { formatSection, readPlainDump } from '../../../../lib/engine/schema-dump/plain-dump.ts';
import { splitSections } from '../../../../lib/engine/schema-dump/sections.ts';

const dump = (body: string, key = 'key') =>
  Buffer.from(
    `--\n-- PostgreSQL database dump\n--\n\n\\restrict ${key}\n\n-- Dumped from database version 15.1 (Debian)\n-- Dumped by pg_dump version 18.3\n\n${body}--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict ${key}\n\n`,
    'latin1',
  );

test('only pg_dump’s own two restrictions are taken off', () => {
  const body = 'SELECT $$\n\\restrict key\n\\unrestrict key\n\xff$$;\n';
  const read = readPlainDump(dump(body), 'key');
  expect(read).toMatchObject({ pgDumpVersion: '18.3', body });
  expect(formatSection(read, read.body).toString('latin1')).toBe(
    dump(body)
      .toString('latin1')
      .replace('\\restrict key\n\n', '')
      .replace(/\\unrestrict key\n\n$/, ''),
  );
});

test.each([
  ['of another run', dump('', 'other')],
  ['cut off', dump('').subarray(0, -1)],
  ['empty', Buffer.alloc(0)],
  [
    'without versions',
    Buffer.from(
      dump('')
        .toString()
        .replace(/-- Dumped.*\n/g, ''),
    ),
  ],
])('a dump %s is refused', (_, file) => {
  expect(() => readPlainDump(file, 'key')).toThrow(
    expect.objectContaining({ code: 'schema-dump-incomplete' }),
  );
});

test('a dump that begins with anything but settings is refused', () => {
  expect(() => splitSections('SET a = 1;\nDROP TABLE users;\n')).toThrow(
    expect.objectContaining({ code: 'schema-dump-library-changed' }),
  );
});
