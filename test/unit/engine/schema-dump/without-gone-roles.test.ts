import { expect, test } from 'vitest';
import { withoutGoneRoles } from '../../../../lib/engine/schema-dump/without-gone-roles.ts';

const left = (script: string, ...gone: string[]) =>
  withoutGoneRoles(Buffer.from(script), new Set(gone)).toString();

const GRANTS = 'GRANT SELECT ON TABLE a TO "16400";\nALTER TABLE a OWNER TO "16400";\n';
const NAMELESS = `CREATE USER MAPPING FOR "" SERVER s;
create  policy p ON a TO  USING (true);
ALTER USER MAPPING FOR "" SERVER s OPTIONS (ADD a 'b');
`;

test('statements of a role that is gone go', () => {
  expect(left(GRANTS, '16400').trim()).toBe('');
  expect(left(GRANTS)).toBe(GRANTS);
});

test('mappings and policies without a role go, also if no role is known to be gone', () => {
  expect(left(NAMELESS, '16400').trim()).toBe('');
  expect(left(NAMELESS).trim()).toBe('');
});
