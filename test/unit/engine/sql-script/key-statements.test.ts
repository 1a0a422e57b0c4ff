import { describe, expect, it } from 'vitest';
import { foreignKeyIn, primaryKeyIn } from '../../../../lib/engine/sql-script/key-statements.ts';

const fk = (rest: string) =>
  foreignKeyIn(
    `ALTER TABLE ONLY public.orders ADD CONSTRAINT "the ""key""" FOREIGN KEY (a, "B c") REFERENCES s.users(x, y)${rest};`,
  );

describe('foreignKeyIn', () => {
  it.each([
    ['', 'NO ACTION'],
    [' ON UPDATE CASCADE', 'NO ACTION'],
    [' MATCH FULL ON UPDATE SET NULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID', 'CASCADE'],
    [' ON DELETE RESTRICT', 'RESTRICT'],
    [' ON DELETE SET DEFAULT', 'SET DEFAULT'],
    [' ON UPDATE CASCADE ON DELETE SET NULL', 'SET NULL'],
  ])('reads what a deletion does: %j', (rest, onDelete) => {
    expect(fk(rest)).toEqual({
      name: 'the "key"',
      child: { schema: 'public', name: 'orders' },
      referenced: { schema: 's', name: 'users' },
      columns: [
        { child: 'a', referenced: 'x' },
        { child: 'B c', referenced: 'y' },
      ],
      onDelete,
      setColumns: ['a', 'B c'],
    });
  });

  it('knows the columns that alone become NULL', () => {
    expect(fk(' ON DELETE SET NULL ("B c")')?.setColumns).toEqual(['B c']);
  });

  it('reads no other statement, and no key with PERIOD', () => {
    expect(foreignKeyIn('ALTER TABLE ONLY public.t ADD CONSTRAINT p PRIMARY KEY (id);')).toBeUndefined();
    expect(
      foreignKeyIn(
        'ALTER TABLE public.t ADD CONSTRAINT p FOREIGN KEY (a, PERIOD b) REFERENCES public.u(a, PERIOD b);',
      ),
    ).toBeUndefined();
  });
});

it('primaryKeyIn reads the columns in their order', () => {
  expect(primaryKeyIn('ALTER TABLE ONLY public.t ADD CONSTRAINT p PRIMARY KEY (b, "A");')).toEqual({
    relation: { schema: 'public', name: 't' },
    columns: ['b', 'A'],
  });
});
