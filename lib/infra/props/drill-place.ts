/** Who proves the backups of a source. */
export class DrillPlace {
  /** A function of the stack. */
  static readonly FUNCTION = new DrillPlace('function');

  /**
   * A function, for what it can prove in full: what fits into it, and of which it would skip nothing. It hands the rest to
   * a task with a PostgreSQL of the source's own major.
   */
  static readonly AUTO = new DrillPlace('auto');

  /** A task with a PostgreSQL of the source's own major, always. The function only starts it. */
  static readonly TASK = new DrillPlace('task');

  /**
   * A machine that runs `lifeboat drill` as often as the source's `drillSchedule` says, and puts its proofs into the
   * vault. Use it if the database is too large for a function.
   */
  static readonly ELSEWHERE = new DrillPlace('elsewhere');

  /** Nobody. No alarm expects a proof, and a newer sealed backup is enough for older ones to expire. */
  static readonly OFF = new DrillPlace('off');

  /** The place's name in bin/environments.ts. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
