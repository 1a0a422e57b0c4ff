import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RelationMessage, UNCHANGED, type Value } from '../../../../../lib/engine/pgoutput/messages.ts';
import { Batch } from '../../../../../lib/engine/replay/effect/batch.ts';
import { KeyedChanges } from '../../../../../lib/engine/replay/effect/keyed-changes.ts';
import type { WholeRowChanges } from '../../../../../lib/engine/replay/effect/whole-row-changes.ts';
import { replayedTable } from '../../../../../lib/engine/replay/replayed-table.ts';

const columns = ['id', 'name', 'large'].map((name) => ({
  name,
  isKey: name === 'id',
  typeOid: 25,
  typeModifier: -1,
}));
const relation: RelationMessage = {
  kind: 'relation',
  oid: 7,
  schema: 'public',
  name: 't',
  replicaIdentity: 'd',
  columns,
};
const PLACE = { schema: 'public', name: 't' };
const keyed = replayedTable(relation, PLACE);
const keyless = replayedTable({ ...relation, replicaIdentity: 'f' }, PLACE);

type Row = readonly [id: string, name: string | null, large: string | null];
type Step =
  | { readonly kind: 'insert' | 'update'; readonly id: number; readonly name: string; readonly large: string }
  | { readonly kind: 'touch'; readonly id: number; readonly name: string }
  | { readonly kind: 'move'; readonly id: number; readonly to: number; readonly keepsLarge: boolean }
  | { readonly kind: 'delete'; readonly id: number }
  | { readonly kind: 'truncate' };

const id = fc.nat({ max: 5 });
const word = fc.constantFrom('a', 'b', 'tab\there', '\\N', '');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('insert' as const, 'update' as const), id, name: word, large: word }),
  fc.record({ kind: fc.constant('touch' as const), id, name: word }),
  fc.record({ kind: fc.constant('move' as const), id, to: id, keepsLarge: fc.boolean() }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  { weight: 1, arbitrary: fc.constant({ kind: 'truncate' as const }) },
);

/** Does the step to the rows, and returns the changes that a server would send; none where it would refuse. */
function send(rows: Map<string, Row>, done: Step, batch: Batch): void {
  if (done.kind === 'truncate') {
    rows.clear();
    batch.truncate(keyed);
    return;
  }
  const key = String(done.id);
  const there = rows.get(key);
  const old = (of: string) => ({ has: 'key' as const, values: [of, null, null] });
  if (done.kind === 'insert') {
    if (there) return;
    const row: Row = [key, done.name, done.large];
    rows.set(key, row);
    batch.add(keyed, { kind: 'insert', relation: 7, values: row });
    return;
  }
  if (!there) return;
  if (done.kind === 'delete') {
    rows.delete(key);
    batch.add(keyed, { kind: 'delete', relation: 7, old: old(key) });
    return;
  }
  if (done.kind === 'move') {
    const to = String(done.to);
    if (rows.has(to)) return;
    const row: Row = [to, there[1], done.keepsLarge ? there[2] : 'moved'];
    rows.delete(key);
    rows.set(to, row);
    const values: Value[] = done.keepsLarge ? [to, row[1], UNCHANGED] : [...row];
    batch.add(keyed, { kind: 'update', relation: 7, old: old(key), values });
    return;
  }
  const row: Row = [key, done.name, done.kind === 'touch' ? there[2] : done.large];
  rows.set(key, row);
  const values: Value[] = done.kind === 'touch' ? [key, row[1], UNCHANGED] : [...row];
  batch.add(keyed, { kind: 'update', relation: 7, values });
}

/** As apply-keyed.ts does it, on rows in memory. Every step must find what it says. */
function applied(before: ReadonlyMap<string, Row>, batch: Batch): Map<string, Row> {
  const rows = new Map(before);
  for (const changes of batch.tables()) {
    if (!(changes instanceof KeyedChanges)) throw new TypeError('not keyed');
    if (changes.isTruncated) rows.clear();
    const there = new Map(rows);
    const last = [...changes.rows()];
    for (const { existed, key } of last)
      if (existed && !rows.delete(String(key[0]))) throw new Error('not there');
    for (const { row, lookup } of last) {
      if (!row) continue;
      const source = lookup && there.get(String(lookup[0]));
      const whole = row.map((value, at) => {
        if (value !== UNCHANGED) return value;
        if (!source) throw new Error('nothing to look up');
        return source[at] ?? null;
      });
      if (rows.has(String(whole[0]))) throw new Error('taken');
      rows.set(String(whole[0]), whole as unknown as Row);
    }
  }
  return rows;
}

describe('the net effect', () => {
  it('is what the changes do one after the other, however they are cut into batches', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (steps, size) => {
        const truth = new Map<string, Row>(
          [0, 1, 2].map((one) => [String(one), [String(one), 'n', 'large']]),
        );
        let target = new Map(truth);
        for (let at = 0; at < steps.length; at += size) {
          const batch = new Batch();
          for (const one of steps.slice(at, at + size)) send(truth, one, batch);
          target = applied(target, batch);
        }
        expect([...target].sort()).toEqual([...truth].sort());
      }),
      { numRuns: 1500 },
    );
  });

  it('takes the key of an update from its old row where the key itself is large and unchanged', () => {
    const batch = new Batch();
    batch.add(keyed, {
      kind: 'update',
      relation: 7,
      old: { has: 'key', values: ['long', null, null] },
      values: [UNCHANGED, 'n', 'l'],
    });
    const [changes] = batch.tables();
    expect([...(changes as KeyedChanges).rows()]).toEqual([
      { existed: true, key: ['long'], row: ['long', 'n', 'l'], lookup: undefined },
    ]);
  });

  it.each([
    ['a row that was removed is updated', ['delete', 'update'], 'update a row that they have removed'],
    ['a row that was removed is removed', ['delete', 'delete'], 'delete a row that they have removed'],
    ['a key is taken', ['insert', 'insert'], 'whose key is taken'],
    ['a row is updated after all were removed', ['truncate', 'update'], 'after all were removed'],
  ])('stops when %s', (_, kinds, words) => {
    const batch = new Batch();
    const values = ['1', 'secret', 'x'];
    const run = () => {
      for (const kind of kinds) {
        if (kind === 'truncate') batch.truncate(keyed);
        else if (kind === 'delete') batch.add(keyed, { kind, relation: 7, old: { has: 'key', values } });
        else batch.add(keyed, { kind: kind as 'insert' | 'update', relation: 7, values });
      }
    };
    expect(run).toThrow(words);
    expect(run).not.toThrow('secret');
  });

  it('counts equal rows of a table without a key', () => {
    const batch = new Batch();
    const row = ['1', 'n', 'l'];
    const insert = () => batch.add(keyless, { kind: 'insert', relation: 7, values: row });
    insert();
    insert();
    batch.add(keyless, { kind: 'delete', relation: 7, old: { has: 'all', values: row } });
    // The large value of the new row did not change, and the old row has it.
    batch.add(keyless, {
      kind: 'update',
      relation: 7,
      old: { has: 'all', values: ['2', 'n', 'other'] },
      values: ['2', 'm', UNCHANGED],
    });
    const [changes] = batch.tables();
    expect([...(changes as WholeRowChanges).rows()]).toEqual([
      { row, more: 1 },
      { row: ['2', 'n', 'other'], more: -1 },
      { row: ['2', 'm', 'other'], more: 1 },
    ]);
  });

  it('is full by bytes and by rows', () => {
    const rows = new Batch({ mostBytes: 1e9, mostRows: 2 });
    const bytes = new Batch({ mostBytes: 1000, mostRows: 1e9 });
    rows.add(keyed, { kind: 'insert', relation: 7, values: ['1', 'a', 'b'] });
    expect(rows.isFull).toBe(false);
    rows.add(keyed, { kind: 'insert', relation: 7, values: ['2', 'a', 'b'] });
    bytes.add(keyed, { kind: 'insert', relation: 7, values: ['1', 'a', 'x'.repeat(1000)] });
    expect([rows.isFull, bytes.isFull]).toEqual([true, true]);
  });
});
