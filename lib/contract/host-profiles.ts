/** The hosting providers that Lifeboat knows; `plain` stands for every other server. */
export const HOST_PROFILES = ['plain', 'supabase', 'neon', 'rds'] as const;

export type HostProfile = (typeof HOST_PROFILES)[number];
