SET search_path = "awkward; Type: VIEW; Schema: z; Owner: q";
INSERT INTO "x; Type: INDEX; Schema: public; Owner: postgres" VALUES (1);
INSERT INTO "quote""d 'and' $$dollar$$ /* open" VALUES (E'\t', '\N', E'\\.', 1, 2);
INSERT INTO "begin atomic" VALUES (1, 2, 3, '表');
INSERT INTO "stdin" VALUES ('\.');
INSERT INTO "a.b" VALUES ('x');
INSERT INTO "sixty-three bytes long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" VALUES ('', NULL);
