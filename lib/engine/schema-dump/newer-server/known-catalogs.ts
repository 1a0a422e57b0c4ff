/**
 * The catalogs and columns of PostgreSQL 19, as in its release candidate. If a server of 19 has others,
 * Lifeboat cannot know whether pg_dump would have to write them. `*` marks statistics, dependencies and
 * contents, which are not part of a schema.
 */
export const KNOWN_CATALOGS: Readonly<Record<string, string>> = {
  pg_aggregate:
    'aggfnoid aggkind aggnumdirectargs aggtransfn aggfinalfn aggcombinefn aggserialfn ' +
    'aggdeserialfn aggmtransfn aggminvtransfn aggmfinalfn aggfinalextra aggmfinalextra ' +
    'aggfinalmodify aggmfinalmodify aggsortop aggtranstype aggtransspace aggmtranstype ' +
    'aggmtransspace agginitval aggminitval',
  pg_am: 'oid amname amhandler amtype',
  pg_amop:
    'oid amopfamily amoplefttype amoprighttype amopstrategy amoppurpose amopopr amopmethod ' +
    'amopsortfamily',
  pg_amproc: 'oid amprocfamily amproclefttype amprocrighttype amprocnum amproc',
  pg_attrdef: 'oid adrelid adnum adbin',
  pg_attribute:
    'attrelid attname atttypid attlen attnum atttypmod attndims attbyval attalign attstorage ' +
    'attcompression attnotnull atthasdef atthasmissing attidentity attgenerated attisdropped ' +
    'attislocal attinhcount attcollation attstattarget attacl attoptions attfdwoptions ' +
    'attmissingval',
  pg_auth_members: 'oid roleid member grantor admin_option inherit_option set_option',
  pg_authid:
    'oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication ' +
    'rolbypassrls rolconnlimit rolpassword rolvaliduntil',
  pg_cast: 'oid castsource casttarget castfunc castcontext castmethod',
  pg_class:
    'oid relname relnamespace reltype reloftype relowner relam relfilenode reltablespace relpages ' +
    'reltuples relallvisible relallfrozen reltoastrelid relhasindex relisshared relpersistence ' +
    'relkind relnatts relchecks relhasrules relhastriggers relhassubclass relrowsecurity ' +
    'relforcerowsecurity relispopulated relreplident relispartition relrewrite relfrozenxid ' +
    'relminmxid relacl reloptions relpartbound',
  pg_collation:
    'oid collname collnamespace collowner collprovider collisdeterministic collencoding ' +
    'collcollate collctype colllocale collicurules collversion',
  pg_constraint:
    'oid conname connamespace contype condeferrable condeferred conenforced convalidated conrelid ' +
    'contypid conindid conparentid confrelid confupdtype confdeltype confmatchtype conislocal ' +
    'coninhcount connoinherit conperiod conkey confkey conpfeqop conppeqop conffeqop ' +
    'confdelsetcols conexclop conbin',
  pg_conversion: 'oid conname connamespace conowner conforencoding contoencoding conproc condefault',
  pg_database:
    'oid datname datdba encoding datlocprovider datistemplate datallowconn dathasloginevt ' +
    'datconnlimit datfrozenxid datminmxid dattablespace datcollate datctype datlocale daticurules ' +
    'datcollversion datacl',
  pg_db_role_setting: 'setdatabase setrole setconfig',
  pg_default_acl: 'oid defaclrole defaclnamespace defaclobjtype defaclacl',
  pg_depend: '*',
  pg_description: 'objoid classoid objsubid description',
  pg_enum: 'oid enumtypid enumsortorder enumlabel',
  pg_event_trigger: 'oid evtname evtevent evtowner evtfoid evtenabled evttags',
  pg_extension: 'oid extname extowner extnamespace extrelocatable extversion extconfig extcondition',
  pg_foreign_data_wrapper: 'oid fdwname fdwowner fdwhandler fdwvalidator fdwconnection fdwacl fdwoptions',
  pg_foreign_server: 'oid srvname srvowner srvfdw srvtype srvversion srvacl srvoptions',
  pg_foreign_table: 'ftrelid ftserver ftoptions',
  pg_index:
    'indexrelid indrelid indnatts indnkeyatts indisunique indnullsnotdistinct indisprimary ' +
    'indisexclusion indimmediate indisclustered indisvalid indcheckxmin indisready indislive ' +
    'indisreplident indkey indcollation indclass indoption indexprs indpred',
  pg_inherits: 'inhrelid inhparent inhseqno inhdetachpending',
  pg_init_privs: 'objoid classoid objsubid privtype initprivs',
  pg_language: 'oid lanname lanowner lanispl lanpltrusted lanplcallfoid laninline lanvalidator lanacl',
  pg_largeobject: '*',
  pg_largeobject_metadata: 'oid lomowner lomacl',
  pg_namespace: 'oid nspname nspowner nspacl',
  pg_opclass: 'oid opcmethod opcname opcnamespace opcowner opcfamily opcintype opcdefault opckeytype',
  pg_operator:
    'oid oprname oprnamespace oprowner oprkind oprcanmerge oprcanhash oprleft oprright oprresult ' +
    'oprcom oprnegate oprcode oprrest oprjoin',
  pg_opfamily: 'oid opfmethod opfname opfnamespace opfowner',
  pg_parameter_acl: 'oid parname paracl',
  pg_partitioned_table: 'partrelid partstrat partnatts partdefid partattrs partclass partcollation partexprs',
  pg_policy: 'oid polname polrelid polcmd polpermissive polroles polqual polwithcheck',
  pg_proc:
    'oid proname pronamespace proowner prolang procost prorows provariadic prosupport prokind ' +
    'prosecdef proleakproof proisstrict proretset provolatile proparallel pronargs ' +
    'pronargdefaults prorettype proargtypes proallargtypes proargmodes proargnames proargdefaults ' +
    'protrftypes prosrc probin prosqlbody proconfig proacl',
  pg_publication:
    'oid pubname pubowner puballtables puballsequences pubinsert pubupdate pubdelete pubtruncate ' +
    'pubviaroot pubgencols',
  pg_publication_namespace: 'oid pnpubid pnnspid',
  pg_publication_rel: 'oid prpubid prrelid prexcept prqual prattrs',
  pg_range:
    'rngtypid rngsubtype rngmultitypid rngcollation rngsubopc rngconstruct2 rngconstruct3 ' +
    'rngmltconstruct0 rngmltconstruct1 rngmltconstruct2 rngcanonical rngsubdiff',
  pg_replication_origin: '*',
  pg_rewrite: 'oid rulename ev_class ev_type ev_enabled is_instead ev_qual ev_action',
  pg_seclabel: 'objoid classoid objsubid provider label',
  pg_sequence: 'seqrelid seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle',
  pg_shdepend: '*',
  pg_shdescription: 'objoid classoid description',
  pg_shseclabel: 'objoid classoid provider label',
  pg_statistic: '*',
  pg_statistic_ext: 'oid stxrelid stxname stxnamespace stxowner stxkeys stxstattarget stxkind stxexprs',
  pg_statistic_ext_data: '*',
  pg_subscription:
    'oid subdbid subskiplsn subname subowner subenabled subbinary substream subtwophasestate ' +
    'subdisableonerr subpasswordrequired subrunasowner subfailover subretaindeadtuples ' +
    'submaxretention subretentionactive subserver subconninfo subslotname subsynccommit ' +
    'subwalrcvtimeout subpublications suborigin',
  pg_subscription_rel: '*',
  pg_tablespace: 'oid spcname spcowner spcacl spcoptions',
  pg_transform: 'oid trftype trflang trffromsql trftosql',
  pg_trigger:
    'oid tgrelid tgparentid tgname tgfoid tgtype tgenabled tgisinternal tgconstrrelid ' +
    'tgconstrindid tgconstraint tgdeferrable tginitdeferred tgnargs tgattr tgargs tgqual ' +
    'tgoldtable tgnewtable',
  pg_ts_config: 'oid cfgname cfgnamespace cfgowner cfgparser',
  pg_ts_config_map: 'mapcfg maptokentype mapseqno mapdict',
  pg_ts_dict: 'oid dictname dictnamespace dictowner dicttemplate dictinitoption',
  pg_ts_parser: 'oid prsname prsnamespace prsstart prstoken prsend prsheadline prslextype',
  pg_ts_template: 'oid tmplname tmplnamespace tmplinit tmpllexize',
  pg_type:
    'oid typname typnamespace typowner typlen typbyval typtype typcategory typispreferred ' +
    'typisdefined typdelim typrelid typsubscript typelem typarray typinput typoutput typreceive ' +
    'typsend typmodin typmodout typanalyze typalign typstorage typnotnull typbasetype typtypmod ' +
    'typndims typcollation typdefaultbin typdefault typacl',
  pg_user_mapping: 'oid umuser umserver umoptions',
};
