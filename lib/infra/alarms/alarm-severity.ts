/** How urgent an alarm is. */
export class AlarmSeverity {
  /**
   * An alarm that wakes people: there may be no backup to restore, or nobody watches (a composite alarm, one for each
   * source and one for the vault), or the database itself is down or in danger.
   */
  static readonly CRITICAL = new AlarmSeverity('critical');

  /** Any other alarm: people should look at it in the day, if no critical alarm is red. */
  static readonly WARNING = new AlarmSeverity('warning');

  /** `critical` or `warning`. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
