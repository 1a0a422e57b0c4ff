/** What backs a source up. */
export class Compute {
  /**
   * A function, as long as a backup fits into its 15 minutes; otherwise the function hands the backup to a task, before it
   * begins if it can tell, or when its time is nearly up.
   */
  static readonly AUTO = new Compute('auto');

  /** A function, even if a backup does not fit. */
  static readonly FUNCTION = new Compute('function');

  /** A task on Fargate, always. The function only starts it. */
  static readonly TASK = new Compute('task');

  /** The name in bin/environments.ts. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
