const BLOCK_BYTES = 256 * 1024;

/** Answers by what was asked, each held once, in blocks outside of the JavaScript heap. */
export class RecordedAnswers {
  readonly #answers = new Map<string, readonly Buffer[]>();
  readonly #underWay = new Set<string>();

  get(key: string): readonly Buffer[] | undefined {
    return this.#answers.get(key);
  }

  /** To be ended by `keep` or `drop`; undefined while another session records, or has recorded, the same. */
  record(key: string): Recording | undefined {
    if (this.#answers.has(key) || this.#underWay.has(key)) return undefined;
    this.#underWay.add(key);
    return new Recording((blocks) => {
      this.#underWay.delete(key);
      if (blocks) this.#answers.set(key, blocks);
    });
  }
}

export class Recording {
  readonly #end: (blocks?: readonly Buffer[]) => void;
  readonly #full: Buffer[] = [];
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #filled = 0;

  constructor(end: (blocks?: readonly Buffer[]) => void) {
    this.#end = end;
  }

  /** Copies the bytes: the caller's are its own again. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.#block, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled < BLOCK_BYTES) return;
      this.#full.push(this.#block);
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#filled = 0;
    }
  }

  keep(): void {
    this.#end([...this.#full, Buffer.from(this.#block.subarray(0, this.#filled))]);
  }

  drop(): void {
    this.#end();
  }
}
