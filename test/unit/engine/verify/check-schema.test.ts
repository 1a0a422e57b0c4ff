import { expect, it } from 'vitest';
import type { FingerprintEntry } from '../../../../lib/engine/fingerprint/fingerprint.ts';
import { schemaProblems } from '../../../../lib/engine/verify/check-schema.ts';

const tables: FingerprintEntry[] = [
  { kind: 'table', name: 'public.event', facts: { partitionStrategy: 'range' } },
  { kind: 'table', name: 'public.event_rest', facts: { partitionOf: 'public.event' } },
];

function trigger(table: string, enabled: string): FingerprintEntry {
  return {
    kind: 'trigger',
    name: `touch on ${table}`,
    parent: { kind: 'table', name: table },
    facts: { enabled },
  };
}

function problems(entries: readonly FingerprintEntry[], postData: string): string[] {
  return schemaProblems(
    {
      preData: Buffer.from('CREATE TABLE public.event ();\nCREATE TABLE public.event_rest ();\n'),
      postData: Buffer.from(postData),
    },
    { format: 1, serverVersionNumber: 150000, entries: [...entries] },
  );
}

it('a trigger that is switched off on one partition only was not lost', () => {
  const entries = [...tables, trigger('public.event', 'origin'), trigger('public.event_rest', 'disabled')];
  const created = 'CREATE TRIGGER touch BEFORE INSERT ON public.event EXECUTE FUNCTION public.f();\n';
  expect(problems(entries, `${created}ALTER TABLE public.event_rest DISABLE TRIGGER touch;\n`)).toEqual([]);
  expect(problems(entries, '')).toEqual(['creates 0 of 1 objects of the kind trigger']);
});

it('row security that is never switched on leaves every row to everybody', () => {
  const secured = [{ ...tables[0], facts: { rowSecurity: true } }, tables[1]] as FingerprintEntry[];
  expect(problems(secured, 'ALTER TABLE public.event ENABLE ROW LEVEL SECURITY;\n')).toEqual([]);
  expect(problems(secured, "COMMENT ON TABLE public.event IS ' ENABLE ROW LEVEL SECURITY';\n")).toEqual([
    'enables row security on 0 of 1 tables',
  ]);
});
