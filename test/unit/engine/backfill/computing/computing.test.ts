import { expect, it } from 'vitest';
import { endpoint, waitAskedFor } from '../../../../../lib/engine/backfill/computing/by-http.ts';
import {
  embeddingsBody,
  embeddingsOf,
} from '../../../../../lib/engine/backfill/computing/openai-embeddings.ts';
import { Rate } from '../../../../../lib/engine/backfill/computing/rate.ts';
import { gapsBetween } from '../../../../../lib/engine/backfill/keys.ts';
import { valueText } from '../../../../../lib/engine/backfill/value-text.ts';

it.each([
  'http://embeddings.example.com/',
  'http://127.evil.example/',
  'ftp://localhost/',
  'no url',
  'https://user:secret@example.com/',
])('sends nothing to %s', (address) => {
  expect(() => endpoint(address)).toThrow(expect.objectContaining({ code: 'backfill-endpoint-invalid' }));
  expect(() => endpoint(address)).not.toThrow(/secret/);
});

it.each(['https://example.com/v1', 'http://localhost:8080/', 'http://127.0.0.1/', 'http://[::1]:1/'])(
  'takes %s',
  (address) => {
    expect(endpoint(address).href).toContain('://');
  },
);

it('waits as long as an endpoint asks', () => {
  expect(waitAskedFor('3')).toBe(3000);
  expect(waitAskedFor('Mon, 30 Nov 2026 12:00:10 GMT', Date.parse('2026-11-30T12:00:00Z'))).toBe(10_000);
  expect(waitAskedFor('Mon, 30 Nov 2026 12:00:00 GMT', Date.parse('2026-11-30T12:00:10Z'))).toBe(0);
  expect(waitAskedFor('soon')).toBeUndefined();
});

it('lets no more pass than it may', () => {
  let now = 0;
  const rate = new Rate(10, () => now);
  expect([rate.reserve(5), rate.reserve(5), rate.reserve(1)]).toEqual([0, 500, 1000]);
  now = 5000;
  expect([rate.reserve(1), rate.reserve(1)]).toEqual([0, 100]);
});

it('asks for embeddings by one text a row, and matches them by their index', () => {
  const rows = [
    { id: '0', json: '{"title" : "T", "n" : 5, "none" : null}' },
    { id: '1', json: '{"title" : "U"}' },
  ];
  expect(JSON.parse(embeddingsBody(rows, 'm'))).toMatchObject({ model: 'm', input: ['T\n5', 'U'] });
  const answer = {
    data: [
      { index: 1, embedding: [1] },
      { index: 0, embedding: [2] },
      { index: 9, embedding: [3] },
    ],
  };
  expect(embeddingsOf(answer, rows)).toEqual([
    { id: '1', value: [1] },
    { id: '0', value: [2] },
  ]);
});

it.each([
  [[1.5, 2], { isArray: false, isJson: false }, '[1.5,2]'],
  [[1.5, null, 'a"b'], { isArray: true, isJson: false }, '{"1.5",NULL,"a\\"b"}'],
  ['text', { isArray: false, isJson: true }, '"text"'],
  [true, { isArray: false, isJson: false }, 'true'],
  [null, { isArray: false, isJson: true }, null],
])('writes %j into a column of %j', (value, column, text) => {
  expect(valueText(value, { name: 'c', type: 't', ...column })).toBe(text);
});

it('goes on in the gaps between what is done', () => {
  const key = (text: string) => [text];
  expect(gapsBetween([])).toEqual([{ after: undefined, upTo: undefined }]);
  expect(
    gapsBetween([
      { after: undefined, upTo: key('b') },
      { after: key('d'), upTo: key('f') },
      { after: key('f'), upTo: key('g') },
    ]),
  ).toEqual([
    { after: key('b'), upTo: key('d') },
    { after: key('g'), upTo: undefined },
  ]);
});
