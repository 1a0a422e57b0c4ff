import { expect, it } from 'vitest';
import { plannedRoles } from '../../../../../lib/engine/restore/plan/planned-roles.ts';

const SQL = `DO $lifeboat$
BEGIN
IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'app') THEN
  RAISE NOTICE 'role % exists and keeps its attributes', 'app';
ELSE
  CREATE ROLE "app" WITH LOGIN INHERIT;
END IF;
END
$lifeboat$;
  CREATE ROLE "Ro""ot" WITH NOLOGIN INHERIT CREATEROLE;
  ALTER ROLE "Ro""ot" WITH BYPASSRLS;
  ALTER ROLE "Ro""ot" WITH SUPERUSER;
  ALTER ROLE "Ro""ot" SET "work_mem" TO '1GB';
  CREATE ROLE "there" WITH LOGIN INHERIT;
`;
const target = { roles: new Set(['there']) };

it('lists every role that roles.sql creates, with the rights that people should look at', () => {
  expect(plannedRoles(['owner'], SQL, target, { roles: 'all' })).toEqual([
    { name: 'Ro"ot', attributes: ['SUPERUSER', 'BYPASSRLS', 'CREATEROLE'] },
    { name: 'app', attributes: ['LOGIN'] },
    { name: 'owner', attributes: [] },
  ]);
});

it('gives a role that is only needed no rights at all', () => {
  expect(plannedRoles(['app'], SQL, target, {})).toEqual([{ name: 'app', attributes: [] }]);
});
