--
-- PostgreSQL database dump
--

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 18.3

SET default_tablespace = '';

--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: by_customer; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX by_customer ON public.orders USING btree (customer) WITH (fillfactor='70');


--
-- Name: customers; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres
--

REFRESH MATERIALIZED VIEW public.customers;


--
-- PostgreSQL database dump complete
--

