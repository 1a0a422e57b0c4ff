CREATE ROLE "awkward; Type: INDEX; Schema: s; Owner: o";
