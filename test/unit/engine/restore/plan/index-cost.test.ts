import { describe, expect, it } from 'vitest';
import { columnTypes, indexCost } from '../../../../../lib/engine/restore/plan/index-cost.ts';

const types = columnTypes(
  'CREATE TABLE public.t (\n    id bigint NOT NULL,\n    "Full name" text,\n    at timestamp with time zone,\n    body jsonb,\n    CONSTRAINT c CHECK ((id > 0))\n);',
);
const table = { rows: 1_000_000, rawBytes: 200_000_000, types };
const ms = (statement: string) => indexCost(statement, table)?.expectedMs ?? Number.NaN;

describe('indexCost', () => {
  it('knows the columns of a table', () => {
    expect(types.get('id')).toBe('bigint');
    expect(types.get('Full name')).toBe('text');
  });

  it('orders indexes as they were measured: B-trees by columns and type, hash, GIN, full text', () => {
    const times = [
      ms('CREATE INDEX i ON public.t USING brin (at);'),
      ms('ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (id);'),
      ms('CREATE INDEX i ON public.t USING btree (id, at);'),
      ms('CREATE INDEX i ON public.t USING btree ("Full name", at);'),
      ms('CREATE INDEX i ON public.t USING hash (id);'),
      ms('CREATE INDEX i ON public.t USING gin (body);'),
      ms(`CREATE INDEX i ON public.t USING gin (to_tsvector('english'::regconfig, "Full name"));`),
    ];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it('is of no other statement', () => {
    expect(indexCost('ALTER TABLE public.t ADD CONSTRAINT c CHECK ((id > 0));', table)).toBeUndefined();
    expect(indexCost('CREATE TRIGGER x BEFORE INSERT ON public.t;', table)).toBeUndefined();
    expect(indexCost('CREATE INDEX i ON public.t USING rum (body);', table)?.kind).toBe('search-index');
    expect(indexCost('CREATE INDEX i ON ONLY public.t USING btree (id);', { ...table, rows: 0 })).toEqual({
      kind: 'key',
      expectedMs: 0,
      sizeBytes: 0,
      expressionNs: 0,
    });
  });
});
