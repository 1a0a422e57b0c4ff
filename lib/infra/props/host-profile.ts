/** A hosting provider of PostgreSQL, whose own objects a backup leaves out. */
export class HostProfile {
  /** A server of your own, or a provider that adds nothing to the database. */
  static readonly PLAIN = new HostProfile('plain');
  static readonly SUPABASE = new HostProfile('supabase');
  static readonly NEON = new HostProfile('neon');
  /** Amazon RDS and Aurora. */
  static readonly RDS = new HostProfile('rds');

  /** The profile's name in bin/environments.ts. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
