import { describe, expect, it } from 'vitest';
import { hashOfText } from '../../../../lib/engine/fingerprint/deparsed-text.ts';
import type { Fingerprint, FingerprintEntry } from '../../../../lib/engine/fingerprint/fingerprint.ts';
import { RoundTrips, saysTheSame } from '../../../../lib/engine/fingerprint/round-trip.ts';

const USING = '(id IN ( SELECT o.id FROM public.o UNION SELECT NULL::integer))';
const AGAIN = '(id IN ( SELECT o.id FROM public.o UNION SELECT NULL::integer AS int4))';
const POLICY = `CREATE POLICY own ON public.t TO app USING (${USING}) WITH CHECK ((id > 0));`;

function policy(using: string): FingerprintEntry {
  const parent = { kind: 'table', name: 'public.t' } as const;
  return { kind: 'policy', name: 'own on public.t', parent, facts: {}, text: { using } };
}

function fingerprint(...entries: FingerprintEntry[]): Fingerprint {
  return { format: 1, serverVersionNumber: 180_006, entries };
}

function explained(statements: readonly string[], restored: string, source = USING): boolean {
  const entry = policy(hashOfText(source));
  const trips = new RoundTrips(fingerprint(entry), fingerprint(policy(restored)), statements);
  const difference = { fact: 'using', source: hashOfText(source), target: hashOfText(restored) };
  return trips.explain(entry, difference) !== undefined;
}

describe('a text that differs', () => {
  it('is one round trip where the archive has the words of the source', () => {
    expect(explained([POLICY], AGAIN)).toBe(true);
  });

  it.each([
    ['the archive says something else', [POLICY.replace('o.id', 'o.other')], AGAIN],
    ['the archive says more', [POLICY.replace(USING, `${USING} OR true`)], AGAIN],
    ['the archive says nothing of it', ['CREATE POLICY other ON public.t USING (true);'], AGAIN],
    ['the archive says it and changes it', [POLICY, 'ALTER POLICY own ON public.t USING (true);'], AGAIN],
    ['what was restored says something else', [POLICY], AGAIN.replace('UNION', 'EXCEPT')],
    ['what was restored says more', [POLICY], `${AGAIN} OR true`],
    ['what was restored says less', [POLICY], '(id IN ( SELECT o.id FROM public.o))'],
  ])('is a difference where %s', (_, statements, restored) => {
    expect(explained(statements, restored)).toBe(false);
  });
});

describe('what the server changes when it writes a second time', () => {
  it.each([
    ['SELECT NULL::integer UNION', 'SELECT NULL::integer AS int4 UNION'],
    ['(SELECT NULL::integer) AS e', '(SELECT NULL::integer AS int4) AS e'],
    ["SELECT 'x'::text, 1 FROM a AS b", `SELECT 'x'::text AS text, 1 AS "?column?" FROM a AS b`],
    ['CHECK ((a > (- 1)))', "CHECK ((a > '-1'::integer))"],
    ['(- 1.50)', "'-1.50'::numeric"],
  ])('%s', (written, again) => {
    expect(saysTheSame(written, again)).toBe(true);
  });

  it.each([
    ['SELECT a AS b', 'SELECT a AS c'],
    ['SELECT a AS b', 'SELECT a'],
    ['(- 1)', "'-2'::integer"],
    ['(a - 1)', "(a '-2')"],
    ['a', ''],
  ])('%s never becomes %s', (written, again) => {
    expect(saysTheSame(written, again)).toBe(false);
  });
});
