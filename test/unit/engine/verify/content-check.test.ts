import { expect, it } from 'vitest';
import { RowDigest } from '../../../../lib/engine/copy-text/row-digest.ts';
import { ContentCheck } from '../../../../lib/engine/verify/content-check.ts';

const digestOf = (text: string) => {
  const digest = new RowDigest();
  digest.update(Buffer.from(text));
  return digest.finish();
};
const TEXTS = ['a\nb\n', 'c\n', '\n\n\n'];

function check(text: string, pieceBytes: number, texts = TEXTS): string | undefined {
  const content = new ContentCheck(texts.map(digestOf));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) content.take(bytes.subarray(at, at + pieceBytes));
  content.finish();
  return content.problem;
}

it.each([1, 3, 100])('finds the chunks of an object whatever the pieces (%i bytes)', (pieceBytes) => {
  expect(check(TEXTS.join(''), pieceBytes)).toBeUndefined();
  expect(check('a\nx\nc\n\n\n\n', pieceBytes)).toBe(
    'holds other rows than were backed up: their digest differs, in chunk 1 of the 3 in it',
  );
  expect(check('a\nb\nc\n\n\n', pieceBytes)).toBe(
    'holds 2 rows, but the manifest says 3, in chunk 3 of the 3 in it',
  );
  expect(() => check('a\nb\ncd', pieceBytes)).toThrow('within a row');
  expect(() => check('a\nb\nc\n\n\n\n\n', pieceBytes)).toThrow('more than was read');
});

it('says nothing of chunks where there is one', () => {
  expect(check('a\n', 9, ['a\nb\n'])).toBe('holds 1 rows, but the manifest says 2');
});
