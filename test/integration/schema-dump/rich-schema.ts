/** A comment line that looks like one of pg_dump's headers, with a statement that must never be run as one. */
const IMITATION =
  '--\n-- Name: victim; Type: TABLE; Schema: public; Owner: postgres\n--\n\nDROP TABLE public.victim;\n';

/** Names that try to be something else: statements, headers, line breaks. */
export const NASTY_NAMES = [
  'x; Type: INDEX; Schema: public; Owner: postgres',
  '-; Type: TABLE; Schema: -; Owner: -',
  'two\n--\n-- Name: y; Type: TABLE; Schema: s; Owner: o\n--\n',
  'semi;colon',
  `quote"d 'and' $$dollar$$ /* open`,
  '\\restrict no',
  'begin atomic',
  'ümläut – 表',
] as const;

/** Objects of every kind that pg_dump knows and a superuser can make without more than the contrib modules. */
export function richSchema(major: number): string {
  return [
    `CREATE ROLE reader; CREATE ROLE "odd; Type: INDEX; Schema: s; Owner: o"; CREATE ROLE writer LOGIN`,
    `CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'schema;'; GRANT USAGE ON SCHEMA app TO reader`,
    'CREATE SCHEMA "sch; Type: VIEW; Schema: z; Owner: q"',
    'CREATE EXTENSION hstore; CREATE EXTENSION postgres_fdw; CREATE EXTENSION citext SCHEMA app',
    'CREATE TABLE public.victim (id int)',

    // Types.
    `CREATE TYPE app.mood AS ENUM ('sad', 'o''k', 'semi;colon'); COMMENT ON TYPE app.mood IS 'enum'`,
    'CREATE TYPE app.pair AS (a int, b text); CREATE TYPE app.span AS RANGE (subtype = float8)',
    'CREATE TYPE app.shell',
    `CREATE TYPE app.int42;
     CREATE FUNCTION app.int42_in(cstring) RETURNS app.int42 LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
     CREATE FUNCTION app.int42_out(app.int42) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
     CREATE TYPE app.int42 (INPUT = app.int42_in, OUTPUT = app.int42_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4)`,
    `CREATE DOMAIN app.email AS text DEFAULT 'a@b' CONSTRAINT has_at CHECK (VALUE ~ '@');
     COMMENT ON CONSTRAINT has_at ON DOMAIN app.email IS 'domain constraint';
     ALTER DOMAIN app.email ADD CONSTRAINT short CHECK (length(VALUE) < 200) NOT VALID`,
    `CREATE COLLATION app.by_c (provider = libc, locale = 'C')`,
    'CREATE CAST (app.pair AS text) WITH INOUT AS ASSIGNMENT',
    `CREATE DEFAULT CONVERSION app.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,

    // Routines.
    `CREATE FUNCTION app.imitates() RETURNS text LANGUAGE plpgsql AS $fn$
BEGIN
  /* ${'\n\\restrict abc\n\\unrestrict abc\n\\RESTRICT def\n'}
${IMITATION} */
  RETURN $$ ; $$ || 'x;';
END $fn$`,
    `CREATE FUNCTION app.body(n int DEFAULT (CASE WHEN true THEN 1 END)) RETURNS int LANGUAGE sql
     BEGIN ATOMIC
       SELECT CASE WHEN n > 0 THEN CASE n WHEN 1 THEN 2 ELSE 3 END ELSE 4 END;
       SELECT n AS "end";
     END`,
    'CREATE PROCEDURE app.act(INOUT a int) LANGUAGE sql BEGIN ATOMIC INSERT INTO public.victim VALUES (a); SELECT a; END',
    `CREATE OR REPLACE FUNCTION app.one_line(a int, b text) RETURNS SETOF int LANGUAGE sql SET search_path TO 'app', 'public'
     RETURN (SELECT a)`,
    `CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')`,
    `CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
    `CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    `COMMENT ON FUNCTION app.imitates() IS $c$${IMITATION}$c$`,
    `CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal))`,

    // Operators and access methods.
    `CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = OPERATOR(app.===))`,
    'CREATE OPERATOR FAMILY app.fam USING btree',
    `CREATE OPERATOR CLASS app.ops FOR TYPE int USING btree FAMILY app.fam AS
       OPERATOR 1 <(int,int), OPERATOR 3 =(int,int), FUNCTION 1 btint4cmp(int,int)`,
    'CREATE ACCESS METHOD gist2 TYPE INDEX HANDLER gisthandler',
    'CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler',

    // Text search.
    `CREATE TEXT SEARCH DICTIONARY app.dict (TEMPLATE = simple, STOPWORDS = 'english')`,
    'CREATE TEXT SEARCH CONFIGURATION app.conf (COPY = simple); ALTER TEXT SEARCH CONFIGURATION app.conf ALTER MAPPING FOR word WITH app.dict',
    'CREATE TEXT SEARCH TEMPLATE app.templ (LEXIZE = dsimple_lexize)',
    'CREATE TEXT SEARCH PARSER app.pars (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',

    // Tables.
    `CREATE TABLE app.users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email app.email UNIQUE, mood app.mood,
       extra hstore, name app.citext, upper_name text GENERATED ALWAYS AS (upper(email::text)) STORED, CONSTRAINT positive CHECK (id > 0));
     COMMENT ON TABLE app.users IS E'two\\nlines;'; COMMENT ON COLUMN app.users.email IS 'column';
     COMMENT ON CONSTRAINT positive ON app.users IS 'inline constraint';
     COMMENT ON CONSTRAINT users_pkey ON app.users IS 'late constraint';
     ALTER TABLE app.users ALTER email SET STATISTICS 7, ALTER email SET STORAGE EXTERNAL, REPLICA IDENTITY FULL`,
    `CREATE TABLE app.orders (id serial PRIMARY KEY, user_id bigint REFERENCES app.users, total numeric CHECK (total >= 0), during tstzrange,
       EXCLUDE USING gist (during WITH &&));
     ALTER TABLE app.orders ADD CONSTRAINT late CHECK (id < 1000000) NOT VALID;
     COMMENT ON CONSTRAINT late ON app.orders IS 'not valid'; CLUSTER app.orders USING orders_pkey`,
    `CREATE TABLE app.events (at date NOT NULL, what text, PRIMARY KEY (at)) PARTITION BY RANGE (at);
     CREATE TABLE app.events_1 PARTITION OF app.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
     CREATE TABLE app.events_d PARTITION OF app.events DEFAULT; CREATE INDEX events_what ON app.events (what)`,
    'CREATE TABLE app.parent (a int, b int); CREATE TABLE app.child (c int) INHERITS (app.parent)',
    'CREATE UNLOGGED TABLE app.fast (a int); CREATE TABLE app.of_type OF app.pair; CREATE TABLE app.empty ()',
    'CREATE TABLE app.other_am (a int) USING heap2',
    ...NASTY_NAMES.map((name) => nastyTable(name)),
    `CREATE TABLE "sch; Type: VIEW; Schema: z; Owner: q".t (a int); ALTER TABLE "sch; Type: VIEW; Schema: z; Owner: q".t OWNER TO "odd; Type: INDEX; Schema: s; Owner: o"`,

    // Views and rules. One that groups by a primary key comes in two parts: it needs the constraint.
    `CREATE VIEW app.imitating AS SELECT E'${IMITATION.replaceAll('\n', '\\n')}'::text AS "x; Type: INDEX" FROM app.users`,
    `CREATE VIEW app.grouped AS SELECT u.id, u.email, count(*) FROM app.users u GROUP BY u.id; COMMENT ON VIEW app.grouped IS 'view'`,
    'CREATE VIEW app.checked WITH (security_barrier) AS SELECT * FROM app.parent WHERE a > 0 WITH LOCAL CHECK OPTION',
    'ALTER VIEW app.checked ALTER COLUMN b SET DEFAULT 5',
    `CREATE MATERIALIZED VIEW app.counts AS SELECT mood, count(*) AS n FROM app.users GROUP BY mood; CREATE UNIQUE INDEX counts_mood ON app.counts (mood)`,
    // What needs a primary key and cannot be cut in two comes after it, with its grants: in post-data.
    `CREATE MATERIALIZED VIEW app.by_key AS SELECT u.id, u.email FROM app.users u GROUP BY u.id;
     COMMENT ON MATERIALIZED VIEW app.by_key IS 'late'; GRANT SELECT ON app.by_key TO reader; GRANT SELECT (id) ON app.by_key TO writer`,
    `CREATE FUNCTION app.late() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT u.email::text FROM app.users u GROUP BY u.id; END;
     REVOKE ALL ON FUNCTION app.late() FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.late() TO reader`,
    `CREATE RULE silent AS ON DELETE TO app.parent DO INSTEAD (UPDATE app.parent SET a = 0; INSERT INTO app.empty DEFAULT VALUES);
     COMMENT ON RULE silent ON app.parent IS 'rule'`,

    // What post-data is made of.
    `CREATE INDEX users_expr ON app.users (lower(email::text), (CASE WHEN id > 5 THEN 1 ELSE 2 END)) WHERE mood <> 'sad'; COMMENT ON INDEX app.users_expr IS 'index'`,
    'CREATE STATISTICS app.stat (dependencies) ON a, b FROM app.parent; ALTER STATISTICS app.stat SET STATISTICS 20',
    `CREATE TRIGGER touch BEFORE UPDATE OF email ON app.users FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION app.touch('a;b');
     COMMENT ON TRIGGER touch ON app.users IS 'trigger';
     CREATE CONSTRAINT TRIGGER later AFTER INSERT ON app.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.touch();
     ALTER TABLE app.orders ENABLE ALWAYS TRIGGER later`,
    `ALTER TABLE app.users ENABLE ROW LEVEL SECURITY; ALTER TABLE app.users FORCE ROW LEVEL SECURITY;
     CREATE POLICY "own; rows" ON app.users AS RESTRICTIVE FOR SELECT TO reader, writer USING (email::text = CURRENT_USER);
     COMMENT ON POLICY "own; rows" ON app.users IS 'policy'`,
    `CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.on_ddl();
     COMMENT ON EVENT TRIGGER watch IS 'event trigger'; ALTER EVENT TRIGGER watch DISABLE`,
    `CREATE PUBLICATION chosen FOR TABLE app.users, app.orders; COMMENT ON PUBLICATION chosen IS 'publication'; CREATE PUBLICATION everything FOR ALL TABLES`,
    major >= 15 ? 'CREATE PUBLICATION schemas FOR TABLES IN SCHEMA app' : '',
    `CREATE SUBSCRIPTION sub CONNECTION 'host=db.example dbname=x user=repl password=''sub secret''' PUBLICATION chosen WITH (connect = false);
     COMMENT ON SUBSCRIPTION sub IS 'subscription'`,
    major >= 18
      ? `CREATE TABLE app.eighteen (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int, CONSTRAINT c_set NOT NULL c);
         ALTER TABLE app.eighteen ADD CONSTRAINT a_set NOT NULL a NOT VALID`
      : '',

    // Foreign data.
    `CREATE SERVER elsewhere TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h''ost', dbname 'd\\b');
     CREATE USER MAPPING FOR reader SERVER elsewhere OPTIONS ("user" 'remote', password 'map''s secret');
     CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'any', password E'back\\\\slash secret');
     CREATE FOREIGN TABLE app.remote (id int OPTIONS (column_name 'ID'), x text) SERVER elsewhere OPTIONS (table_name 'sec;ret')`,
    "CREATE FOREIGN DATA WRAPPER plain OPTIONS (debug 'true'); GRANT USAGE ON FOREIGN DATA WRAPPER plain TO reader; GRANT USAGE ON FOREIGN SERVER elsewhere TO reader",

    // Owners and grants.
    'ALTER TABLE app.orders OWNER TO writer; GRANT SELECT, INSERT (total) ON app.orders TO reader WITH GRANT OPTION',
    'REVOKE ALL ON FUNCTION app.imitates() FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.imitates() TO reader',
    'GRANT SELECT ON app.users TO "odd; Type: INDEX; Schema: s; Owner: o"; GRANT USAGE ON TYPE app.mood TO reader; GRANT UPDATE ON SEQUENCE app.orders_id_seq TO reader',
    'ALTER DEFAULT PRIVILEGES FOR ROLE writer IN SCHEMA app GRANT SELECT ON TABLES TO reader; ALTER DEFAULT PRIVILEGES FOR ROLE writer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
    'ALTER SCHEMA public OWNER TO writer; ALTER SCHEMA public OWNER TO postgres; GRANT CREATE ON SCHEMA public TO writer',
    `SELECT lo_create(4711); COMMENT ON LARGE OBJECT 4711 IS 'large'; GRANT SELECT ON LARGE OBJECT 4711 TO reader`,
  ]
    .filter(Boolean)
    .join(';\n');
}

/** A tablespace cannot be made in a transaction: statements to be sent one by one, from 15 on. */
export const TABLESPACE_STATEMENTS = [
  'SET allow_in_place_tablespaces = on',
  `CREATE TABLESPACE "fast; Owner: x" LOCATION ''`,
  'CREATE INDEX users_fast ON app.users (mood) TABLESPACE "fast; Owner: x"',
  'CREATE TABLE app.on_fast (a int PRIMARY KEY) TABLESPACE "fast; Owner: x"',
  'CREATE INDEX users_plain ON app.users (extra)',
];

function nastyTable(name: string): string {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const literal = `E'${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return `CREATE TABLE public.${quoted} (${quoted} int PRIMARY KEY);
    COMMENT ON TABLE public.${quoted} IS ${literal};
    CREATE INDEX ON public.${quoted} ((${quoted} + 1));
    GRANT SELECT ON public.${quoted} TO reader;
    CREATE VIEW public.${quoted.slice(0, -1)} v" AS SELECT ${quoted}, ${literal}::text AS t FROM public.${quoted}`;
}
