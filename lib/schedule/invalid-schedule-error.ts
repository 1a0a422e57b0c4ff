/** EventBridge Scheduler would refuse the schedule, or not run it as written. The message is a clause. */
export class InvalidScheduleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidScheduleError';
  }
}
