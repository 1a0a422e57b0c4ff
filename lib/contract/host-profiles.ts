/** The kinds of hosting that need to be known by name. */
export const HOST_PROFILES = ['plain', 'supabase', 'neon', 'rds'] as const;

export type HostProfile = (typeof HOST_PROFILES)[number];
