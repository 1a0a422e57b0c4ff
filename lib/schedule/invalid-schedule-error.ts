/** A schedule that EventBridge Scheduler would refuse, or that would not do what it says. The message is a clause. */
export class InvalidScheduleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidScheduleError';
  }
}
