/** Your own check of the restored database. */
export interface DrillCheckProps {
  /** The check's name in the drill's report. */
  readonly name: string;

  /** A query that returns one row of one column: `SELECT count(*) > 1000 FROM public.users`. */
  readonly sql: string;

  /** The value that the query must return, as text: `t` for true. */
  readonly expect: string;
}
