-- What the backup beside this file was made of: by Lifeboat at commit 8ad4184, from PostgreSQL 15.20, which puts pg_attver on each column.
CREATE TYPE public.amount AS (value numeric, currency text);
CREATE TABLE public.orders (
  id integer PRIMARY KEY,
  customer text NOT NULL,
  total public.amount,
  placed date DEFAULT '2026-11-20'
) WITH (fillfactor = 80);
ALTER TABLE public.orders ALTER customer SET (n_distinct = 5, n_distinct_inherited = -0.5);
INSERT INTO public.orders SELECT g, 'customer ' || g % 5, ROW(g * 1.5, 'EUR')::public.amount FROM generate_series(1, 100) g;
CREATE INDEX by_customer ON public.orders (customer) WITH (fillfactor = 70);
CREATE VIEW public.recent WITH (security_barrier) AS SELECT id, customer FROM public.orders;
CREATE MATERIALIZED VIEW public.customers AS SELECT customer, count(*) AS orders FROM public.orders GROUP BY customer;
ALTER MATERIALIZED VIEW public.customers ALTER customer SET (n_distinct = -1);
CREATE TABLE public.log (day integer, line text) PARTITION BY RANGE (day);
CREATE TABLE public.log_1 PARTITION OF public.log FOR VALUES FROM (1) TO (10);
ALTER TABLE public.log_1 ALTER line SET (n_distinct = 3);
INSERT INTO public.log VALUES (1, 'one'), (2, 'two');
CREATE TABLE public.child (note text) INHERITS (public.orders);
CREATE TABLE public."Odd ""name""" (" Ä b" integer, "c'd" integer, "set" integer, "SET (pg_attver=1)" integer);
ALTER TABLE public."Odd ""name""" ALTER " Ä b" SET (n_distinct = 7);
CREATE FUNCTION public.stamps() RETURNS text LANGUAGE sql AS $$
-- Text of the user's own:
  -- ALTER TABLE ONLY public.orders ALTER COLUMN id SET (pg_attver=1);
SELECT 'pg_attver=1';
$$;
