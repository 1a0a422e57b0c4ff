/** Says what is wrong with the settings of the environments: a line for each setting, with its path and one clause. */
export class InvalidEnvironmentsError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidEnvironmentsError';
  }
}
