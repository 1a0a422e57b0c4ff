import type { Duration } from 'aws-cdk-lib';

/** An export that is made after each scheduled backup, from that backup: the source has no second load. */
export interface ExportProps {
  /** The name of its folder: lower-case letters, digits and hyphens. */
  readonly name: string;

  /** Tables, as `public.users`, a file for each. @default - `query` must be given */
  readonly tables?: readonly string[];

  /** One query, whose result becomes one file. Tables are written with their schema. @default - `tables` must be given */
  readonly query?: string;

  /** `csv`, `ndjson` or `parquet`. @default csv */
  readonly format?: string;

  /** After how many whole days the bucket deletes it: at most 90. @default Duration.days(7) */
  readonly keep?: Duration;
}
