import { expect, it } from 'vitest';
import { readableSchema } from '../../../../../lib/engine/browse/copy/readable-schema.ts';
import { tableKeys } from '../../../../../lib/engine/browse/copy/table-keys.ts';

const header = (name: string, type: string) =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: public; Owner: app\n--\n\n`;

it('a schema for reading has neither owners nor grants, and everything else as it was', () => {
  const table = `${header('t', 'TABLE')}CREATE TABLE public.t (\n    a text DEFAULT 'GRANT ALL; ALTER TABLE t OWNER TO x;'\n);\n`;
  const owner = '\n\nALTER TABLE public.t OWNER TO app;\n\n';
  const grants = `${header('TABLE t', 'ACL')}GRANT ALL ON TABLE public.t TO PUBLIC;\n\n${header('DEFAULT PRIVILEGES', 'DEFAULT ACL')}ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO PUBLIC;\n`;
  const readable = readableSchema(table + owner + grants);
  expect(readable).toContain(table);
  expect(readable).not.toContain('\nALTER TABLE public.t OWNER');
  expect(readable).not.toContain('GRANT ALL ON TABLE');
  expect(readable).not.toContain('DEFAULT PRIVILEGES FOR ROLE');
});

it('keys and indexes are found by their table, keys first; foreign keys and what hangs on partitions are none', () => {
  const script = [
    `${header('t_b', 'INDEX')}CREATE INDEX t_b ON public.t USING btree (b);\n\n`,
    `${header('t t_pkey', 'CONSTRAINT')}ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a);\n\n`,
    `${header('t t_fk', 'FK CONSTRAINT')}ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_fk FOREIGN KEY (b) REFERENCES public.u(a);\n\n`,
    `${header('p_a', 'INDEX ATTACH')}ALTER INDEX public.p_a ATTACH PARTITION public.q_a;\n\n`,
  ].join('');
  const keys = tableKeys(script);
  expect([...keys.keys()]).toEqual(['"public"."t"']);
  expect(keys.get('"public"."t"')?.map((text) => text.split(/\s+/).slice(0, 2).join(' '))).toEqual([
    'ALTER TABLE',
    'CREATE INDEX',
  ]);
});
