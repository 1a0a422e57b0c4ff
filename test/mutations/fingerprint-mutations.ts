/** One thing done to the schema of schema/, and what a comparison has to say of it: that and nothing else. */
export interface Mutation {
  readonly sql: string;
  /** `verdict layer kind name: facts`, one line an item. */
  readonly told: readonly string[];
  readonly since?: number;
  /** The last major on which it works. */
  readonly until?: number;
}

function mutation(sql: string, ...told: string[]): Mutation {
  return { sql, told };
}

const missing = (sql: string, ...objects: string[]) =>
  mutation(sql, ...objects.map((object) => `missing facts ${object}`));

export const MUTATIONS: readonly Mutation[] = [
  // Schemas, extensions, grants, owners
  mutation('ALTER SCHEMA shop OWNER TO postgres', 'differs facts schema shop: owner, grants'),
  mutation('REVOKE USAGE ON SCHEMA shop FROM shop_app', 'differs facts schema shop: grants'),
  mutation(
    `REVOKE GRANT OPTION FOR CREATE ON SCHEMA "Odd Schema" FROM shop_owner`,
    'differs facts schema "Odd Schema": grants',
  ),
  mutation('CREATE SCHEMA more', 'extra facts schema more'),
  mutation(`COMMENT ON SCHEMA shop IS 'changed'`, 'differs facts schema shop: comment'),
  missing('DROP EXTENSION citext', 'extension citext'),
  mutation('ALTER EXTENSION citext SET SCHEMA shop', 'differs facts extension citext: schema'),
  mutation('COMMENT ON EXTENSION citext IS NULL', 'differs facts extension citext: comment'),
  missing(
    'ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC',
    'default privileges for role shop_owner on functions',
  ),
  mutation(
    'ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT INSERT ON TABLES TO shop_reader',
    'differs facts default privileges for role shop_owner in schema shop on tables: grants',
  ),

  // Roles
  mutation('ALTER ROLE shop_owner NOCREATEDB', 'differs facts role shop_owner: createDatabase'),
  // Before 16 the attribute decides what a membership gives; from then on the membership itself.
  {
    until: 15,
    ...mutation('ALTER ROLE shop_app INHERIT', 'differs facts role shop_app: noInherit, memberOf'),
  },
  { since: 16, ...mutation('ALTER ROLE shop_app INHERIT', 'differs facts role shop_app: noInherit') },
  mutation(`ALTER ROLE "Shop Admin" CONNECTION LIMIT 8`, 'differs facts role "Shop Admin": connectionLimit'),
  mutation(`ALTER ROLE "Shop Admin" VALID UNTIL 'infinity'`, 'differs facts role "Shop Admin": validUntil'),
  mutation('ALTER ROLE shop_app RESET statement_timeout', 'differs facts role shop_app: settings'),
  mutation('REVOKE shop_reader FROM shop_app', 'differs facts role shop_app: memberOf'),
  mutation(
    'REVOKE ADMIN OPTION FOR shop_auditor FROM "Shop Admin"',
    'differs facts role "Shop Admin": memberOf',
  ),
  mutation('ALTER ROLE shop_app RESET shop.api_key'),

  // Collations, conversions
  mutation(
    'ALTER COLLATION shop.bytewise OWNER TO shop_owner',
    'differs facts collation shop.bytewise: owner',
  ),
  mutation(
    `DROP TABLE shop.words; DROP COLLATION shop.no_case;
     CREATE COLLATION shop.no_case (provider = icu, locale = 'und-u-ks-level2');
     CREATE TABLE shop.words (word text COLLATE shop.no_case UNIQUE)`,
    'differs facts collation shop.no_case: nondeterministic',
  ),
  mutation(
    `DROP COLLATION shop.german; CREATE COLLATION shop.german (provider = icu, locale = 'de-AT')`,
    'differs text collation shop.german: icuLocale',
  ),
  mutation('COMMENT ON COLLATION shop.bytewise IS NULL', 'differs facts collation shop.bytewise: comment'),

  // Types
  mutation(`ALTER TYPE shop.mood ADD VALUE 'bad'`, 'differs facts type shop.mood: labels'),
  mutation(`ALTER TYPE shop.mood RENAME VALUE 'sad' TO 'blue'`, 'differs facts type shop.mood: labels'),
  mutation('REVOKE USAGE ON TYPE shop.mood FROM shop_app', 'differs facts type shop.mood: grants'),
  missing(
    'ALTER TYPE shop.address DROP ATTRIBUTE tags CASCADE',
    'attribute shop.address.tags',
    'column shop.typed.tags',
  ),
  mutation('ALTER TYPE shop.pair ALTER ATTRIBUTE a TYPE bigint', 'differs facts attribute shop.pair.a: type'),
  mutation(
    'ALTER TYPE shop.pair DROP ATTRIBUTE a; ALTER TYPE shop.pair ADD ATTRIBUTE a integer',
    'differs facts type shop.pair: columnOrder',
  ),
  mutation(
    'COMMENT ON COLUMN shop.address.street IS NULL',
    'differs facts attribute shop.address.street: comment',
  ),
  mutation('ALTER DOMAIN shop.email DROP NOT NULL', 'differs facts domain shop.email: notNull'),
  mutation(
    'ALTER DOMAIN shop.email DROP DEFAULT',
    'differs facts domain shop.email: default',
    'differs text domain shop.email: default',
  ),
  mutation(`ALTER DOMAIN shop.email SET DEFAULT 'x@y'`, 'differs text domain shop.email: default'),
  missing(
    'ALTER DOMAIN shop.email DROP CONSTRAINT email_shape',
    'domain constraint email_shape on shop.email',
  ),
  mutation(
    'ALTER DOMAIN shop.email VALIDATE CONSTRAINT email_short',
    'differs facts domain constraint email_short on shop.email: notValid',
    'differs text domain constraint email_short on shop.email: definition',
  ),
  mutation('ALTER DOMAIN shop.cents OWNER TO postgres', 'differs facts domain shop.cents: owner'),
  mutation('CREATE TYPE shop.shell', 'extra facts type shop.shell'),

  // Sequences
  mutation(
    'ALTER SEQUENCE shop.invoice_number INCREMENT 6',
    'differs facts sequence shop.invoice_number: increment',
  ),
  mutation(
    'ALTER SEQUENCE shop.invoice_number NO CYCLE',
    'differs facts sequence shop.invoice_number: cycle',
  ),
  mutation('ALTER SEQUENCE shop.invoice_number CACHE 4', 'differs facts sequence shop.invoice_number: cache'),
  mutation(
    'ALTER SEQUENCE shop.orders_id_seq OWNED BY NONE',
    'differs facts sequence shop.orders_id_seq: ownedBy',
  ),
  mutation(
    'REVOKE ALL ON SEQUENCE shop.invoice_number FROM shop_app',
    'differs facts sequence shop.invoice_number: grants',
  ),
  mutation(
    'DROP SEQUENCE shop.invoice_number CASCADE',
    'missing facts sequence shop.invoice_number',
    'differs facts column shop.orders.number: default',
    'differs text column shop.orders.number: default',
  ),

  // Tables
  missing('DROP TABLE shop.sessions', 'table shop.sessions'),
  mutation('CREATE TABLE shop.more (id integer PRIMARY KEY)', 'extra facts table shop.more'),
  mutation('ALTER TABLE shop.nothing OWNER TO shop_owner', 'differs facts table shop.nothing: owner'),
  mutation('ALTER TABLE shop.sessions SET LOGGED', 'differs facts table shop.sessions: unlogged'),
  mutation(
    'ALTER TABLE shop.users DISABLE ROW LEVEL SECURITY',
    'differs facts table shop.users: rowSecurity',
  ),
  mutation(
    'ALTER TABLE shop.users NO FORCE ROW LEVEL SECURITY',
    'differs facts table shop.users: rowSecurityForced',
  ),
  mutation(
    'ALTER TABLE shop.users REPLICA IDENTITY DEFAULT',
    'differs facts table shop.users: replicaIdentity',
  ),
  mutation('ALTER TABLE shop.users RESET (fillfactor)', 'differs facts table shop.users: options'),
  mutation(
    'ALTER TABLE shop.users RESET (toast.autovacuum_enabled)',
    'differs facts table shop.users: toastOptions',
  ),
  mutation('REVOKE SELECT ON shop.users FROM shop_reader', 'differs facts table shop.users: grants'),
  mutation(
    'REVOKE GRANT OPTION FOR INSERT ON shop.users FROM shop_app',
    'differs facts table shop.users: grants',
  ),
  mutation('COMMENT ON TABLE shop.users IS NULL', 'differs facts table shop.users: comment'),
  mutation('ALTER TABLE shop.typed NOT OF', 'differs facts table shop.typed: ofType'),
  mutation(
    'ALTER TABLE shop.dogs NO INHERIT shop.things',
    'differs facts table shop.dogs: inherits',
    'differs facts column shop.dogs.weight: inherited',
  ),
  mutation(
    'ALTER TABLE shop.events DETACH PARTITION shop.events_rest',
    'differs facts table shop.events: defaultPartition',
    'differs facts table shop.events_rest: partitionOf',
    'differs text table shop.events_rest: partitionBound',
    'differs facts constraint events_rest_pkey on shop.events_rest: attachedTo',
    'differs facts index shop.events_rest_kind_idx: attachedTo',
    'missing facts trigger events_touch on shop.events_rest',
  ),
  mutation(
    `ALTER TABLE shop.listed DETACH PARTITION shop.listed_0;
     ALTER TABLE shop.listed ATTACH PARTITION shop.listed_0 FOR VALUES IN ('b')`,
    'differs text table shop.listed_0: partitionBound',
  ),

  // Columns
  missing('ALTER TABLE shop.sessions DROP COLUMN data', 'column shop.sessions.data'),
  mutation('ALTER TABLE shop.users ADD COLUMN more text', 'extra facts column shop.users.more'),
  mutation(
    'ALTER TABLE shop.replicated ALTER COLUMN id TYPE bigint',
    'differs facts column shop.replicated.id: type',
  ),
  mutation(
    'ALTER TABLE shop.event_notes ALTER COLUMN note TYPE character varying(3)',
    'differs facts column shop.event_notes.note: type',
  ),
  {
    until: 17,
    ...mutation(
      'ALTER TABLE shop.replicated ALTER COLUMN payload SET NOT NULL',
      'differs facts column shop.replicated.payload: notNull',
    ),
  },
  // A constraint with a name from 18 on.
  {
    since: 18,
    ...mutation(
      'ALTER TABLE shop.replicated ALTER COLUMN payload SET NOT NULL',
      'differs facts column shop.replicated.payload: notNull',
      'differs text column shop.replicated.payload: notNull',
    ),
  },
  mutation(
    'ALTER TABLE shop.users ALTER COLUMN mood DROP DEFAULT',
    'differs facts column shop.users.mood: default',
    'differs text column shop.users.mood: default',
  ),
  mutation(
    `ALTER TABLE shop.users ALTER COLUMN mood SET DEFAULT 'sad'`,
    'differs text column shop.users.mood: default',
  ),
  mutation(
    'ALTER TABLE shop.users ALTER COLUMN name SET STATISTICS 100',
    'differs facts column shop.users.name: statisticsTarget',
  ),
  mutation(
    'ALTER TABLE shop.users ALTER COLUMN nickname SET STORAGE MAIN',
    'differs facts column shop.users.nickname: storage',
  ),
  mutation(
    'ALTER TABLE shop.users ALTER COLUMN status RESET (n_distinct)',
    'differs facts column shop.users.status: options',
  ),
  mutation(
    'REVOKE UPDATE (mood) ON shop.users FROM shop_app',
    'differs facts column shop.users.mood: grants',
  ),
  mutation('COMMENT ON COLUMN shop.users.email IS NULL', 'differs facts column shop.users.email: comment'),
  mutation(
    'ALTER TABLE shop.users ALTER COLUMN id SET GENERATED BY DEFAULT',
    'differs facts column shop.users.id: identity',
  ),
  mutation(
    'ALTER TABLE shop.users ALTER COLUMN name_length DROP EXPRESSION',
    'differs facts column shop.users.name_length: default, generated',
    'differs text column shop.users.name_length: default',
  ),
  mutation(
    `ALTER TABLE shop."Order Lines" DROP COLUMN "Weird ""Name""";
     ALTER TABLE shop."Order Lines" ADD COLUMN "Weird ""Name""" text;
     ALTER TABLE shop.replicated DROP COLUMN payload; ALTER TABLE shop.replicated ADD COLUMN payload text`,
  ),
  mutation(
    `ALTER TABLE shop.things DROP COLUMN weight CASCADE; ALTER TABLE shop.things ADD COLUMN weight integer;
     ALTER TABLE shop.dogs ALTER COLUMN weight SET DEFAULT 10`,
    // Not the order that making the child anew under its parents would give: a restore would not bring it about.
    'differs facts table shop.dogs: columnOrder',
  ),
  mutation(
    `ALTER TABLE shop.stock DROP COLUMN item;
     ALTER TABLE shop.stock ADD COLUMN item text OPTIONS (column_name 'ITEM') NOT NULL`,
    'differs facts foreign table shop.stock: columnOrder',
  ),

  // Constraints
  missing('ALTER TABLE shop.orders DROP CONSTRAINT orders_user', 'constraint orders_user on shop.orders'),
  mutation(
    `ALTER TABLE shop.orders RENAME CONSTRAINT orders_user TO orders_of_user`,
    'missing facts constraint orders_user on shop.orders',
    'extra facts constraint orders_of_user on shop.orders',
  ),
  mutation(
    'ALTER TABLE shop.orders ALTER CONSTRAINT orders_user NOT DEFERRABLE',
    'differs facts constraint orders_user on shop.orders: deferrable',
    'differs text constraint orders_user on shop.orders: definition',
  ),
  mutation(
    `ALTER TABLE shop.orders DROP CONSTRAINT orders_user;
     ALTER TABLE shop.orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES shop.users (id)
       ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE`,
    'differs facts constraint orders_user on shop.orders: onDelete',
    'differs text constraint orders_user on shop.orders: definition',
  ),
  mutation(
    'ALTER TABLE shop.orders VALIDATE CONSTRAINT orders_number',
    'differs facts constraint orders_number on shop.orders: notValid',
    'differs text constraint orders_number on shop.orders: definition',
  ),
  mutation(
    `ALTER TABLE shop.users DROP CONSTRAINT users_status;
     ALTER TABLE shop.users ADD CONSTRAINT users_status CHECK (status IN ('new', 'old', 'lost'))`,
    'differs text constraint users_status on shop.users: definition',
  ),
  mutation(
    `ALTER TABLE shop.animals DROP CONSTRAINT only_here;
     ALTER TABLE shop.animals ADD CONSTRAINT only_here CHECK (name <> 'x')`,
    'differs facts constraint only_here on shop.animals: noInherit',
    'differs text constraint only_here on shop.animals: definition',
    'extra facts constraint only_here on shop.dogs',
  ),
  missing(
    'ALTER TABLE shop.sessions DROP CONSTRAINT sessions_pkey',
    'constraint sessions_pkey on shop.sessions',
  ),
  mutation(
    `ALTER TABLE shop.users DROP CONSTRAINT users_email_key; ALTER TABLE shop.users ADD CONSTRAINT users_email_key UNIQUE (email)`,
    'differs facts constraint users_email_key on shop.users: deferrable, initiallyDeferred',
    'differs text constraint users_email_key on shop.users: definition',
  ),
  mutation(
    `ALTER TABLE shop.orders DROP CONSTRAINT orders_once;
     ALTER TABLE shop.orders ADD CONSTRAINT orders_once EXCLUDE USING gist (span WITH -|-) WHERE (total > 0)`,
    'differs facts constraint orders_once on shop.orders: exclusionOperators',
    'differs text constraint orders_once on shop.orders: definition',
  ),
  mutation(
    'COMMENT ON CONSTRAINT users_balance ON shop.users IS NULL',
    'differs facts constraint users_balance on shop.users: comment',
  ),
  mutation(
    `COMMENT ON INDEX shop.users_pkey IS 'by number'`,
    'differs facts constraint users_pkey on shop.users: indexComment',
  ),

  // Indexes
  missing('DROP INDEX shop.users_name', 'index shop.users_name'),
  mutation(
    'ALTER INDEX shop.users_name SET (fillfactor = 71)',
    'differs facts index shop.users_name: options',
    'differs text index shop.users_name: definition',
  ),
  mutation(
    'ALTER INDEX shop.users_name ALTER COLUMN 1 SET STATISTICS 201',
    'differs facts index shop.users_name: statisticsTargets',
  ),
  mutation(
    'DROP INDEX shop.users_nickname; CREATE UNIQUE INDEX users_nickname ON shop.users (nickname COLLATE "C")',
    'differs facts index shop.users_nickname: columns',
    'differs text index shop.users_nickname: definition',
  ),
  mutation(
    'DROP INDEX shop.users_nickname; CREATE INDEX users_nickname ON shop.users (nickname COLLATE "C" NULLS FIRST)',
    'differs facts index shop.users_nickname: unique',
    'differs text index shop.users_nickname: definition',
  ),
  mutation(
    'DROP INDEX shop.users_attributes; CREATE INDEX users_attributes ON shop.users USING gin (attributes)',
    'differs facts index shop.users_attributes: columns',
    'differs text index shop.users_attributes: definition',
  ),
  mutation(
    'DROP INDEX shop.orders_user; CREATE INDEX orders_user ON shop.orders (user_id)',
    'differs facts index shop.orders_user: method',
    'differs text index shop.orders_user: definition',
  ),
  mutation(
    `DROP INDEX shop.users_name; CREATE INDEX users_name ON shop.users (upper(name), name varchar_pattern_ops, created_at DESC NULLS LAST)
       INCLUDE (balance) WITH (fillfactor = 70) WHERE (status <> 'gone'); ALTER INDEX shop.users_name ALTER COLUMN 1 SET STATISTICS 200;
     COMMENT ON INDEX shop.users_name IS 'for the search box'`,
    'differs text index shop.users_name: definition',
  ),
  mutation(
    `UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'shop.orders_placed'::regclass`,
    'differs facts index shop.orders_placed: invalid',
  ),
  mutation(
    'ALTER TABLE shop.orders SET WITHOUT CLUSTER',
    'differs facts constraint orders_pkey on shop.orders: clustered',
  ),

  // Functions
  missing('DROP FUNCTION shop.total(text)', 'function shop.total(text)'),
  mutation(
    `CREATE OR REPLACE FUNCTION shop.total(user_name text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE LEAKPROOF
       AS 'BEGIN RETURN  2; END'`,
    'differs facts function shop.total(text): source',
  ),
  mutation('ALTER FUNCTION shop.total(text) VOLATILE', 'differs facts function shop.total(text): volatility'),
  mutation(
    'ALTER FUNCTION shop.total(text) NOT LEAKPROOF',
    'differs facts function shop.total(text): leakproof',
  ),
  mutation('ALTER FUNCTION shop.total(text) STRICT', 'differs facts function shop.total(text): strict'),
  mutation(
    'ALTER FUNCTION shop.total(bigint, text[]) SECURITY INVOKER',
    'differs facts function shop.total(bigint,text[]): securityDefiner',
  ),
  mutation(
    'ALTER FUNCTION shop.total(bigint, text[]) PARALLEL UNSAFE',
    'differs facts function shop.total(bigint,text[]): parallel',
  ),
  mutation(
    'ALTER FUNCTION shop.total(bigint, text[]) COST 51',
    'differs facts function shop.total(bigint,text[]): cost',
  ),
  mutation(
    'ALTER FUNCTION shop.total(bigint, text[]) RESET search_path',
    'differs facts function shop.total(bigint,text[]): settings',
  ),
  mutation(
    `CREATE OR REPLACE FUNCTION shop.total(user_id bigint, VARIADIC currencies text[] DEFAULT '{USD}') RETURNS numeric
       LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER COST 50 SET search_path = shop, pg_temp
       AS $$ SELECT 1::numeric $$`,
    'differs text function shop.total(bigint,text[]): defaults',
  ),
  mutation(
    'REVOKE EXECUTE ON FUNCTION shop.total(text) FROM shop_app',
    'differs facts function shop.total(text): grants',
  ),
  mutation(
    'ALTER FUNCTION shop.total(text) OWNER TO postgres',
    'differs facts function shop.total(text): owner, grants',
  ),
  mutation('ALTER FUNCTION shop.list(integer) ROWS 6', 'differs facts function shop.list(integer): rows'),
  missing('DROP PROCEDURE shop.tidy(integer)', 'procedure shop.tidy(integer)'),
  missing('DROP AGGREGATE shop.add_up(numeric)', 'aggregate shop.add_up(numeric)'),
  mutation(
    `CREATE OR REPLACE AGGREGATE shop.add_up(numeric) (SFUNC = shop.plus, STYPE = numeric, INITCOND = '1', PARALLEL = SAFE,
       COMBINEFUNC = shop.plus)`,
    'differs facts aggregate shop.add_up(numeric): initialState',
  ),
  mutation(
    'COMMENT ON FUNCTION shop.total(text) IS NULL',
    'differs facts function shop.total(text): comment',
  ),

  // Triggers, rules, policies
  missing('DROP TRIGGER users_touch ON shop.users', 'trigger users_touch on shop.users'),
  mutation(
    'ALTER TABLE shop.users ENABLE TRIGGER users_count',
    'differs facts trigger users_count on shop.users: enabled',
  ),
  mutation(
    'ALTER TABLE shop.events_rest ENABLE TRIGGER events_touch',
    'missing facts trigger events_touch on shop.events_rest',
  ),
  mutation(
    `DROP TRIGGER users_touch ON shop.users; CREATE TRIGGER users_touch BEFORE INSERT ON shop.users FOR EACH ROW
       WHEN (NEW.status <> 'gone') EXECUTE FUNCTION shop.touch('a', 'b c'); COMMENT ON TRIGGER users_touch ON shop.users IS 'keeps it fresh'`,
    'differs facts trigger users_touch on shop.users: events, columns',
    'differs text trigger users_touch on shop.users: definition',
  ),
  mutation(
    `DROP TRIGGER users_touch ON shop.users; CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE OF name, mood ON shop.users FOR EACH ROW
       WHEN (NEW.status <> 'gone') EXECUTE FUNCTION shop.touch('a', 'b d'); COMMENT ON TRIGGER users_touch ON shop.users IS 'keeps it fresh'`,
    'differs facts trigger users_touch on shop.users: arguments',
    'differs text trigger users_touch on shop.users: definition',
  ),
  missing('DROP RULE orders_keep ON shop.orders', 'rule orders_keep on shop.orders'),
  mutation(
    `CREATE OR REPLACE RULE orders_keep AS ON DELETE TO shop.orders WHERE OLD.total > 101 DO INSTEAD NOTHING`,
    'differs text rule orders_keep on shop.orders: definition',
  ),
  missing('DROP POLICY users_all ON shop.users', 'policy users_all on shop.users'),
  mutation(
    'ALTER POLICY users_self ON shop.users TO shop_app',
    'differs facts policy users_self on shop.users: roles',
  ),
  mutation(
    'ALTER POLICY users_self ON shop.users USING (true)',
    'differs text policy users_self on shop.users: using',
  ),
  mutation(
    `DROP POLICY users_write ON shop.users; CREATE POLICY users_write ON shop.users FOR UPDATE USING (true) WITH CHECK (status <> 'gone')`,
    'differs facts policy users_write on shop.users: restrictive',
  ),
  mutation(
    `DROP POLICY users_all ON shop.users; CREATE POLICY users_all ON shop.users FOR SELECT`,
    'differs facts policy users_all on shop.users: command',
  ),

  // Views
  missing('DROP VIEW shop.safe', 'view shop.safe'),
  mutation('ALTER VIEW shop.safe RESET (security_barrier)', 'differs facts view shop.safe: options'),
  mutation('ALTER VIEW shop.safe SET (check_option = cascaded)', 'differs facts view shop.safe: options'),
  mutation(
    `CREATE OR REPLACE VIEW shop.customers AS SELECT u.id, u.name, u."select", u.mood FROM shop.users u WHERE u.status IN ('new')`,
    'differs text view shop.customers: definition',
  ),
  mutation(
    'ALTER VIEW shop.customers ALTER COLUMN name DROP DEFAULT',
    'differs facts column shop.customers.name: default',
    'differs text column shop.customers.name: default',
  ),
  mutation(
    'REFRESH MATERIALIZED VIEW shop.later',
    'differs facts materialized view shop.later: notPopulated',
  ),
  missing('DROP MATERIALIZED VIEW shop.statistics', 'materialized view shop.statistics'),

  // Statistics
  missing('DROP STATISTICS shop.users_correlation', 'statistics shop.users_correlation'),
  mutation(
    'ALTER STATISTICS shop.users_correlation SET STATISTICS 301',
    'differs facts statistics shop.users_correlation: target',
  ),

  // Operators, casts, text search
  missing('DROP CAST (shop.mood AS integer)', 'cast (shop.mood AS integer)'),
  mutation(
    'COMMENT ON OPERATOR shop.<=> (shop.mood, shop.mood) IS NULL',
    'differs facts operator shop.<=>(shop.mood,shop.mood): comment',
  ),
  mutation(
    'ALTER OPERATOR shop.<=> (shop.mood, shop.mood) SET (RESTRICT = NONE)',
    'differs facts operator shop.<=>(shop.mood,shop.mood): restrict',
  ),
  mutation(
    'DROP OPERATOR CLASS shop.by_length_ops USING btree CASCADE',
    'differs facts operator family shop.by_length using btree: operators, functions',
    'missing facts operator class shop.by_length_ops using btree',
  ),
  mutation(
    'ALTER OPERATOR FAMILY shop.by_length USING btree ADD FUNCTION 1 (text, name) pg_catalog.bttextnamecmp(text, name)',
    'differs facts operator family shop.by_length using btree: functions',
  ),
  mutation(
    'ALTER TEXT SEARCH CONFIGURATION shop.search DROP MAPPING FOR url',
    'differs facts text search configuration shop.search: mappings',
  ),
  mutation(
    'ALTER TEXT SEARCH DICTIONARY shop.plain (accept = true)',
    'differs facts text search dictionary shop.plain: options',
  ),

  // Foreign data
  mutation(
    `ALTER SERVER warehouse OPTIONS (SET host 'elsewhere')`,
    'differs facts server warehouse: options',
  ),
  mutation(`ALTER SERVER warehouse OPTIONS (SET api_key 'another')`),
  mutation(`ALTER SERVER warehouse OPTIONS (DROP api_key)`, 'differs facts server warehouse: options'),
  mutation(`ALTER SERVER warehouse VERSION '3'`, 'differs facts server warehouse: version'),
  mutation(
    'REVOKE USAGE ON FOREIGN SERVER warehouse FROM shop_app',
    'differs facts server warehouse: grants',
  ),
  missing('DROP USER MAPPING FOR shop_app SERVER warehouse', 'user mapping shop_app on server warehouse'),
  mutation(`ALTER USER MAPPING FOR shop_app SERVER warehouse OPTIONS (SET password 'another')`),
  mutation(
    `ALTER FOREIGN TABLE shop.stock OPTIONS (SET table_name 'OTHER')`,
    'differs facts foreign table shop.stock: foreignOptions',
  ),
  mutation(
    `ALTER FOREIGN TABLE shop.stock ALTER COLUMN item OPTIONS (SET column_name 'NAME')`,
    'differs facts column shop.stock.item: foreignOptions',
  ),
  mutation(
    'ALTER FOREIGN DATA WRAPPER nowhere OPTIONS (DROP mode)',
    'differs facts foreign data wrapper nowhere: options',
  ),

  // Publications, event triggers, large objects
  missing('DROP PUBLICATION everything', 'publication everything'),
  mutation(
    `ALTER PUBLICATION changes SET (publish = 'insert')`,
    'differs facts publication changes: operations',
  ),
  missing(
    'ALTER PUBLICATION changes DROP TABLE shop.orders',
    'publication table shop.orders in publication changes',
  ),
  mutation('ALTER EVENT TRIGGER log_ddl ENABLE ALWAYS', 'differs facts event trigger log_ddl: enabled'),
  mutation(
    'SELECT lo_create(4000003)',
    'differs facts large objects 4000000 to 4000999: count, ownersGrantsAndComments',
  ),
  mutation(
    'ALTER LARGE OBJECT 4000002 OWNER TO shop_owner',
    'differs facts large objects 4000000 to 4000999: ownersGrantsAndComments',
  ),
  mutation(
    'REVOKE SELECT ON LARGE OBJECT 4000001 FROM shop_reader',
    'differs facts large objects 4000000 to 4000999: ownersGrantsAndComments',
  ),
  missing('SELECT lo_unlink(4005000)', 'large objects 4005000 to 4005999'),

  // Kinds that otherwise come with libraries
  missing(
    'DROP TABLE shop.kept_elsewhere; DROP ACCESS METHOD heap_too',
    'access method heap_too',
    'table shop.kept_elsewhere',
  ),
  missing('DROP FUNCTION shop.transformed(shop.mood)', 'function shop.transformed(shop.mood)'),
  missing(
    'DROP TRANSFORM FOR shop.mood LANGUAGE plother CASCADE',
    'function shop.transformed(shop.mood)',
    'transform for shop.mood on language plother',
  ),
  mutation('REVOKE USAGE ON LANGUAGE plother FROM PUBLIC', 'differs facts language plother: grants'),
  missing('DROP TEXT SEARCH PARSER shop.parser', 'text search parser shop.parser'),
  missing('DROP TEXT SEARCH TEMPLATE shop.template', 'text search template shop.template'),
  mutation('ALTER CONVERSION shop.latin OWNER TO shop_owner', 'differs facts conversion shop.latin: owner'),
  mutation('COMMENT ON CONVERSION shop.latin IS NULL', 'differs facts conversion shop.latin: comment'),
  mutation(
    'ALTER SUBSCRIPTION deliveries SET PUBLICATION parcels WITH (refresh = false)',
    'differs facts subscription deliveries: publications',
  ),
  mutation('COMMENT ON SUBSCRIPTION deliveries IS NULL', 'differs facts subscription deliveries: comment'),

  // What newer majors brought
  {
    since: 14,
    ...mutation(
      'ALTER TABLE shop.packed ALTER COLUMN body SET COMPRESSION default',
      'differs note column shop.packed.body: compression',
    ),
  },
  {
    since: 14,
    ...mutation(
      'CREATE OR REPLACE FUNCTION shop.added(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql RETURN a - b',
      'differs text function shop.added(integer,integer): body',
    ),
  },
  {
    since: 15,
    ...mutation('ALTER VIEW shop.mine SET (security_invoker = off)', 'differs facts view shop.mine: options'),
  },
  {
    since: 15,
    ...mutation(
      'DROP INDEX shop.orders_note; CREATE UNIQUE INDEX orders_note ON shop.orders (note)',
      'differs facts index shop.orders_note: nullsNotDistinct',
      'differs text index shop.orders_note: definition',
    ),
  },
  {
    since: 15,
    ...mutation(
      'ALTER PUBLICATION partial SET TABLE shop.users (id) WHERE (id > 100)',
      'differs facts publication table shop.users in publication partial: columns',
    ),
  },
  {
    since: 15,
    ...mutation(
      'ALTER PUBLICATION partial SET TABLE shop.users (id, name) WHERE (id > 101)',
      'differs text publication table shop.users in publication partial: filter',
    ),
  },
  {
    since: 15,
    ...missing(
      'ALTER PUBLICATION odd DROP TABLES IN SCHEMA "Odd Schema"',
      'publication schema "Odd Schema" in publication odd',
    ),
  },
  {
    since: 15,
    ...mutation('ALTER SEQUENCE shop.scratch SET LOGGED', 'differs facts sequence shop.scratch: unlogged'),
  },
  {
    since: 17,
    ...mutation(
      'REVOKE MAINTAIN ON shop.orders FROM shop_auditor',
      'differs facts table shop.orders: grants',
    ),
  },
  {
    since: 16,
    ...mutation('GRANT shop_reader TO shop_app WITH SET FALSE', 'differs facts role shop_app: memberOf'),
  },
  {
    since: 18,
    ...mutation(
      'ALTER TABLE shop.modern RENAME CONSTRAINT label_given TO label_needed',
      'differs text column shop.modern.label: notNull',
    ),
  },
  {
    since: 18,
    ...mutation(
      'ALTER TABLE shop.modern VALIDATE CONSTRAINT later_given',
      'differs text column shop.modern.later: notNull',
    ),
  },
  {
    since: 18,
    ...mutation(
      `ALTER TABLE shop.doubles DROP COLUMN doubled;
       ALTER TABLE shop.doubles ADD COLUMN doubled integer GENERATED ALWAYS AS (id * 3) VIRTUAL`,
      'differs text column shop.doubles.doubled: default',
    ),
  },
  {
    since: 18,
    ...mutation(
      `ALTER TABLE shop.doubles DROP COLUMN doubled;
       ALTER TABLE shop.doubles ADD COLUMN doubled integer GENERATED ALWAYS AS (id * 2) STORED`,
      'differs facts column shop.doubles.doubled: generated',
    ),
  },
  {
    since: 18,
    ...mutation(
      'ALTER TABLE shop.modern DROP CONSTRAINT wished; ALTER TABLE shop.modern ADD CONSTRAINT wished CHECK (id > 0)',
      'differs facts constraint wished on shop.modern: notValid, notEnforced',
      'differs text constraint wished on shop.modern: definition',
    ),
  },
  {
    since: 18,
    ...mutation(
      'ALTER PUBLICATION computed SET (publish_generated_columns = none)',
      'differs facts publication computed: generatedColumns',
    ),
  },
];
