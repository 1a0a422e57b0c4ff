--
-- PostgreSQL database dump
--

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 18.3

--
-- Name: amount; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.amount AS (
	value numeric,
	currency text
);


ALTER TYPE public.amount OWNER TO postgres;

--
-- Name: stamps(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.stamps() RETURNS text
    LANGUAGE sql
    AS $$
-- Text of the user's own:
  -- ALTER TABLE ONLY public.orders ALTER COLUMN id SET (pg_attver=1);
SELECT 'pg_attver=1';
$$;


ALTER FUNCTION public.stamps() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Odd "name"; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."Odd ""name""" (
    " Ä b" integer,
    "c'd" integer,
    set integer,
    "SET (pg_attver=1)" integer
);
ALTER TABLE ONLY public."Odd ""name""" ALTER COLUMN " Ä b" SET (pg_attver=32110520, n_distinct=7);
ALTER TABLE ONLY public."Odd ""name""" ALTER COLUMN "c'd" SET (pg_attver=32110520);
ALTER TABLE ONLY public."Odd ""name""" ALTER COLUMN set SET (pg_attver=32110520);
ALTER TABLE ONLY public."Odd ""name""" ALTER COLUMN "SET (pg_attver=1)" SET (pg_attver=32110520);


ALTER TABLE public."Odd ""name""" OWNER TO postgres;

--
-- Name: orders; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders (
    id integer NOT NULL,
    customer text NOT NULL,
    total public.amount,
    placed date DEFAULT '2026-11-20'::date
)
WITH (fillfactor='80');
ALTER TABLE ONLY public.orders ALTER COLUMN id SET (pg_attver=31995288);
ALTER TABLE ONLY public.orders ALTER COLUMN customer SET (pg_attver=31995288, n_distinct=5, n_distinct_inherited=-0.5);
ALTER TABLE ONLY public.orders ALTER COLUMN total SET (pg_attver=31995288);
ALTER TABLE ONLY public.orders ALTER COLUMN placed SET (pg_attver=31995288);


ALTER TABLE public.orders OWNER TO postgres;

--
-- Name: child; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.child (
    note text
)
INHERITS (public.orders);
ALTER TABLE ONLY public.child ALTER COLUMN id SET (pg_attver=32091488);
ALTER TABLE ONLY public.child ALTER COLUMN customer SET (pg_attver=32091488);
ALTER TABLE ONLY public.child ALTER COLUMN total SET (pg_attver=32091488);
ALTER TABLE ONLY public.child ALTER COLUMN placed SET (pg_attver=32091488);
ALTER TABLE ONLY public.child ALTER COLUMN note SET (pg_attver=32091488);


ALTER TABLE public.child OWNER TO postgres;

--
-- Name: customers; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.customers AS
 SELECT orders.customer,
    count(*) AS orders
   FROM public.orders
  GROUP BY orders.customer
  WITH NO DATA;
ALTER TABLE ONLY public.customers ALTER COLUMN customer SET (pg_attver=32045032, n_distinct=-1);
ALTER TABLE ONLY public.customers ALTER COLUMN orders SET (pg_attver=32045032);


ALTER MATERIALIZED VIEW public.customers OWNER TO postgres;

--
-- Name: log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.log (
    day integer,
    line text
)
PARTITION BY RANGE (day);
ALTER TABLE ONLY public.log ALTER COLUMN day SET (pg_attver=32067600);
ALTER TABLE ONLY public.log ALTER COLUMN line SET (pg_attver=32067600);


ALTER TABLE public.log OWNER TO postgres;

--
-- Name: log_1; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.log_1 (
    day integer,
    line text
);
ALTER TABLE ONLY public.log_1 ALTER COLUMN day SET (pg_attver=32074456);
ALTER TABLE ONLY public.log_1 ALTER COLUMN line SET (pg_attver=32074456, n_distinct=3);


ALTER TABLE public.log_1 OWNER TO postgres;

--
-- Name: recent; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.recent WITH (security_barrier='true') AS
 SELECT orders.id,
    orders.customer
   FROM public.orders;


ALTER VIEW public.recent OWNER TO postgres;

--
-- Name: log_1; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.log ATTACH PARTITION public.log_1 FOR VALUES FROM (1) TO (10);


--
-- Name: child placed; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.child ALTER COLUMN placed SET DEFAULT '2026-11-20'::date;


--
-- PostgreSQL database dump complete
--

