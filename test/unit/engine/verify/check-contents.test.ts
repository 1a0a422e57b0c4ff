import { expect, it } from 'vitest';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';
import type { Facts, Fingerprint, FingerprintEntry } from '../../../../lib/engine/fingerprint/fingerprint.ts';
import { contentProblems } from '../../../../lib/engine/verify/check-contents.ts';

const table = (name: string, facts: Facts = {}): FingerprintEntry => ({ kind: 'table', name, facts });
const column = (parent: string, name: string, facts: Facts = {}): FingerprintEntry => ({
  kind: 'column',
  name: `${parent}.${name}`,
  parent: { kind: 'table', name: parent },
  facts,
});

const source: Fingerprint = {
  format: 1,
  serverVersionNumber: 180000,
  entries: [
    table('public.a'),
    table('public."B x"'),
    table('public.tree', { partitionStrategy: 'range' }),
    column('public.a', 'id'),
    column('public.a', 'name'),
    column('public.a', 'twice', { generated: 'stored' }),
    column('public."B x"', '"C y"'),
    { kind: 'sequence', name: 'public.s', facts: {} },
  ],
};

/** As much of a manifest as is looked at. */
function manifest(change: (whole: { tables: unknown[]; sequences: unknown[] }) => void = () => {}): Manifest {
  const whole = {
    server: { standby: false },
    tables: [
      { schema: 'public', name: 'a', columns: ['id', 'name'] },
      { schema: 'public', name: 'B x', columns: ['C y'] },
      { schema: 'extension', name: 'configuration', columns: ['id'] },
    ],
    sequences: [{ schema: 'public', name: 's' }],
  };
  change(whole);
  return whole as unknown as Manifest;
}

it('finds nothing where manifest and fingerprint tell the same', () => {
  expect(contentProblems(manifest(), source)).toEqual([]);
});

it('names a table, a sequence or a column that the manifest forgot', () => {
  expect(
    contentProblems(
      manifest(({ tables }) => tables.shift()),
      source,
    ),
  ).toEqual([{ name: expect.any(String), problem: 'does not list the table public.a' }]);
  expect(
    contentProblems(
      manifest(({ sequences }) => sequences.pop()),
      source,
    ),
  ).toEqual([{ name: expect.any(String), problem: 'does not list the sequence public.s' }]);
  for (const columns of [['name', 'id'], ['id'], ['id', 'name', 'twice']]) {
    const problems = contentProblems(
      manifest(({ tables }) => tables.splice(0, 1, { schema: 'public', name: 'a', columns })),
      source,
    );
    expect(problems, columns.join()).toEqual([
      { name: 'public.a', problem: expect.stringContaining('other columns') },
    ]);
  }
});
