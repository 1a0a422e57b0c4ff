import { expect, it } from 'vitest';
import { stillReferenced } from '../../../../lib/engine/bring-back/references.ts';

it('asks for the row that others refer to by an equality that PostgreSQL can hash', () => {
  const table = {
    number: 1,
    control: { row: 'r', kind: 'k', skip: 's', support: 'u', after: 'a' },
  } as unknown as Parameters<typeof stillReferenced>[1];
  const relation = { schema: 'app', name: 'people', kind: 'r' };
  const key = {
    child: { ...relation, name: 'notes' },
    referenced: relation,
    columns: [{ child: 'person_id', referenced: 'id', equals: 'OPERATOR(pg_catalog.=)' }],
  } as unknown as Parameters<typeof stillReferenced>[0];
  const statement = stillReferenced(key, table, ['changed']);
  expect(statement).toContain('r."id" = w."id"');
  expect(statement).not.toContain('DISTINCT');
});
