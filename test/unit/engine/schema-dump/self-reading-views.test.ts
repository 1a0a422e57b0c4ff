import { describe, expect, it } from 'vitest';
import { makeSelfReadingTwice } from '../../../../lib/engine/schema-dump/self-reading-views.ts';

const BODY = `--
-- Name: é v; Type: VIEW; Schema: a.b; Owner: postgres
--

CREATE VIEW "a.b"."é v" WITH (security_barrier='true') AS
 SELECT "é v".id
   FROM "a.b"."é v";


CREATE VIEW "a.b".w AS
 SELECT "é v".id
   FROM "a.b"."é v";
`;

describe('a view that reads itself', () => {
  it('is made with its columns, and replaced by its query', () => {
    const columns = [
      { name: 'id', type: 'numeric(10,2)' },
      { name: 'n "n"', type: 'text COLLATE pg_catalog."C"' },
    ];
    const body = Buffer.from(BODY).toString('latin1');
    const made = makeSelfReadingTwice(body, [{ schema: 'a.b', name: 'é v', columns }]);
    expect(Buffer.from(made, 'latin1').toString()).toBe(
      BODY.replace(
        'CREATE VIEW "a.b"."é v" WITH',
        `CREATE VIEW "a.b"."é v" AS
 SELECT
    NULL::numeric(10,2) AS "id",
    NULL::text COLLATE pg_catalog."C" AS "n ""n""";

CREATE OR REPLACE VIEW "a.b"."é v" WITH`,
      ),
    );
  });
});
