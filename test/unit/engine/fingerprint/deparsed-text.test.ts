import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableText, hashOfText } from '../../../../lib/engine/fingerprint/deparsed-text.ts';
import { shortHash } from '../../../../lib/engine/fingerprint/reading.ts';

/** The same constraint, from a server that was given `status IN ('new', 'old')` and from the copy restored of it. */
const AS_MADE =
  "CHECK (((status)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying])::text[])))";
const AS_RESTORED =
  "CHECK (((status)::text = ANY (ARRAY[('new'::character varying)::text, ('old'::character varying)::text])))";

describe('the text of a definition', () => {
  it('is the same after a dump and a restore moved its casts and parentheses', () => {
    expect(comparableText(AS_RESTORED)).toBe(comparableText(AS_MADE));
    expect(comparableText(AS_MADE)).toBe("CHECK status = ANY ARRAY [ 'new' , 'old' ]");
  });

  it('loses casts to types of every form, and nothing behind them', () => {
    const types = [
      'text',
      'text[]',
      'numeric(12,2)',
      'character varying(80)',
      'double precision',
      'timestamp with time zone',
      'timestamp(3) without time zone',
      'time with time zone',
      'interval day to second(3)',
      'bit varying(3)[]',
      '"char"',
      'public.mood',
      '"Odd Schema"."Odd Type"(3)[]',
      'ext.geometry(Point,4326)',
    ];
    for (const type of types) expect(comparableText(`a::${type} = b`), type).toBe('a = b');
    expect(comparableText("now() - '1 day'::interval + a")).toBe("now - '1 day' + a");
  });

  it('keeps what stands in quotes, whatever it looks like', () => {
    expect(comparableText(`"a::text (b)" = '(x)::text  y'`)).toBe(`"a::text (b)" = '(x)::text  y'`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const literal = `'${value.replaceAll("'", "''")}'`;
        expect(comparableText(`((note)::text = ${literal}::text)`)).toBe(`note = ${literal}`);
      }),
    );
  });

  it('differs when a name, an operator, a number or a keyword does', () => {
    const texts = ['a > 1', 'a >= 1', 'a > 10', 'b > 1', 'NOT (a > 1)', 'a > 1.0', '"A" > 1', "a > '1'"];
    expect(new Set(texts.map(comparableText)).size).toBe(texts.length);
  });

  it('loses white space and parentheses of ASCII only, in any number', () => {
    expect(comparableText('a(\t \v\f(\r\n) )b')).toBe('a b');
    expect(comparableText('a \u00a0 (b)')).toBe('a b');
    expect(comparableText('a \u00a0b (\u001c)')).toBe('a \u00a0b \u001c');
    expect(comparableText('\'( )\' || "( )"')).toBe('\'( )\' | | "( )"');
  });

  it('has the same hash when it is hashed again, and another one for another text', () => {
    const texts = Array.from({ length: 2000 }, (_, number) => `now() + ${number % 700}`);
    const fresh = (text: string) => shortHash(comparableText(text));
    expect(texts.map(hashOfText)).toEqual(texts.map(fresh));
  });
});
