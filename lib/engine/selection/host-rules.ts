import type { HostProfile } from '../../contract/host-profiles.ts';

/** What of a database is the host's own: it makes it itself, and lets nobody else do so. */
export interface HostRules {
  /** As people call it. */
  readonly host: string;
  readonly schemas: ReadonlySet<string>;
  /** The host's superusers: their event triggers, publications and default privileges are the host's. */
  readonly owners: ReadonlySet<string>;
  /** Schemas of the user's in which functions of those owners are the host's. */
  readonly helperSchemas: ReadonlySet<string>;
  /** Schemas that the host makes in every database and lets nobody else change, with rows of the user's in them. */
  readonly sharedSchemas: ReadonlySet<string>;
  /** Whoever owns them: the host gives them to the project's role. */
  readonly publications: ReadonlySet<string>;
  /** Rows that no other project could read, or that the role may not, by table. */
  readonly unreadableRows: ReadonlyMap<string, string>;
  /** Made by the host in every database: left out unless something in the backup names them. */
  isHostRole(role: string): boolean;
}

const KEY_STAYS = 'they are encrypted with a key that stays with the project';

const PLAIN: HostRules = {
  host: 'PostgreSQL',
  schemas: new Set(),
  owners: new Set(),
  helperSchemas: new Set(),
  sharedSchemas: new Set(),
  publications: new Set(),
  unreadableRows: new Map(),
  isHostRole: () => false,
};

/** Not `auth` and `storage`: users and the list of files are the project's own, and so is `supabase_migrations`. */
const SUPABASE: HostRules = {
  host: 'Supabase',
  schemas: new Set([
    '_analytics',
    '_realtime',
    '_supavisor',
    'etl',
    'graphql',
    'graphql_public',
    'pgbouncer',
    'pgsodium',
    'pgsodium_masks',
    'pgtle',
    'realtime',
    'supabase_functions',
    'vault',
  ]),
  owners: new Set(['supabase_admin']),
  helperSchemas: new Set(['extensions']),
  sharedSchemas: new Set(['auth', 'extensions', 'storage']),
  publications: new Set(['supabase_realtime', 'supabase_realtime_messages_publication', 'logflare_pub']),
  unreadableRows: new Map([
    ['pgsodium.key', KEY_STAYS],
    ['vault.secrets', KEY_STAYS],
  ]),
  isHostRole: (role) =>
    /^supabase_|^pgsodium_key/.test(role) ||
    ['anon', 'authenticated', 'authenticator', 'dashboard_user', 'pgbouncer', 'service_role'].includes(role),
};

const NEON: HostRules = {
  host: 'Neon',
  schemas: new Set(['neon', 'neon_migration']),
  owners: new Set(['cloud_admin']),
  helperSchemas: new Set(),
  sharedSchemas: new Set(),
  publications: new Set(),
  unreadableRows: new Map(),
  isHostRole: (role) => ['cloud_admin', 'neon_service', 'neon_superuser'].includes(role),
};

const RDS: HostRules = {
  host: 'RDS',
  schemas: new Set(),
  owners: new Set(['rdsadmin']),
  helperSchemas: new Set(),
  sharedSchemas: new Set(),
  publications: new Set(),
  unreadableRows: new Map(),
  isHostRole: (role) => /^rds_|^rdsadmin$|^rdsrepladmin$|^rdstopmgr$|^rdswriteforwarduser$/.test(role),
};

const RULES: Readonly<Record<HostProfile, HostRules>> = {
  plain: PLAIN,
  supabase: SUPABASE,
  neon: NEON,
  rds: RDS,
};

export function hostRules(profile: HostProfile): HostRules {
  return RULES[profile];
}
