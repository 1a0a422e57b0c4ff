import type { HostProfile } from '../../contract/host-profiles.ts';

/** The objects in a database that belong to the hosting provider: only the provider can create them. */
export interface HostRules {
  /** The name for people. */
  readonly host: string;
  readonly schemas: ReadonlySet<string>;
  /** The host's superusers. Their event triggers, publications and default privileges belong to the host. */
  readonly owners: ReadonlySet<string>;
  /** Schemas of users in which functions of these owners belong to the host. */
  readonly helperSchemas: ReadonlySet<string>;
  /**
   * Schemas that the host creates in every database, and that only the host can change. They hold rows of
   * users.
   */
  readonly sharedSchemas: ReadonlySet<string>;
  /** The host's publications, whoever owns them: the host makes the project's role their owner. */
  readonly publications: ReadonlySet<string>;
  /** Reasons by table for rows that no other project could read, or that the role may not read. */
  readonly unreadableRows: ReadonlyMap<string, string>;
  /**
   * Whether the host creates this role in every database: it is left out unless something in the backup names
   * it.
   */
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

/**
 * `auth`, `storage` and `supabase_migrations` are not listed: users and the list of files belong to the
 * project.
 */
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
