import { expect, it } from 'vitest';
import { readArchivedSchema } from '../../../../../lib/engine/restore/archived/archived-schema.ts';
import { columnDefaults } from '../../../../../lib/engine/restore/archived/column-defaults.ts';

const SCRIPT = `--
-- Name: notes; Type: TABLE; Schema: app; Owner: -
--

CREATE TABLE app.notes (
    id integer NOT NULL,
    "odd, name" bigint DEFAULT nextval('app.orders_id_seq'::regclass) NOT NULL,
    price numeric(10,2) DEFAULT round((1.5 + 2), 1),
    kind text DEFAULT 'a, DEFAULT (b'::text CONSTRAINT c NOT NULL,
    twice integer GENERATED ALWAYS AS ((id * 2)) STORED,
    CONSTRAINT "DEFAULT" CHECK ((id > 0))
);


`;

it('reads the defaults of columns as statements of their own', () => {
  const [table] = readArchivedSchema(SCRIPT, '').entries;
  if (!table) throw new Error('no table');
  expect(columnDefaults(table).map(({ statements }) => statements[0])).toEqual([
    `ALTER TABLE ONLY "app"."notes" ALTER COLUMN "odd, name" SET DEFAULT nextval('app.orders_id_seq'::regclass);`,
    `ALTER TABLE ONLY "app"."notes" ALTER COLUMN "price" SET DEFAULT round((1.5 + 2), 1);`,
    `ALTER TABLE ONLY "app"."notes" ALTER COLUMN "kind" SET DEFAULT 'a, DEFAULT (b'::text;`,
  ]);
});
