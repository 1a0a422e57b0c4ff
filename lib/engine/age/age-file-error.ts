/** An age file that is damaged, or none. `message` completes the sentence "this object …". */
export class AgeFileError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'AgeFileError';
  }
}

/** The file was encrypted to other keys, or its header is damaged: the two look the same. */
export class NoKeyFitsError extends AgeFileError {
  constructor() {
    super('has an age header that none of the given identities opens');
    this.name = 'NoKeyFitsError';
  }
}
