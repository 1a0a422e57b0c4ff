export interface HttpMethod {
  readonly kind: 'http';
  readonly url: string;
  /** Headers with their values, which are secrets: no log, no error and no ledger has them. */
  readonly headers: ReadonlyMap<string, string>;
  /** What is sent and answered: rows as docs/backfill.md describes, or an embeddings request in OpenAI's format. */
  readonly format: 'rows' | 'openai';
  /** With `openai`: the model's name. */
  readonly model?: string | undefined;
}
