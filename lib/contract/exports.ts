/** Exports that the stack makes after a backup, as their function is told (LIFEBOAT_EXPORTS). */

export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ConfiguredExport {
  readonly name: string;
  /** Either tables or a query. */
  readonly tables?: readonly string[];
  readonly query?: string;
  readonly format: ExportFormat;
  readonly keepDays: number;
}

/** An export holds what its tables hold, but no lock guards it and no policy of the database: so it goes soon. */
export const EXPORT_KEEP_DAYS = { usually: 7, most: 90 } as const;

/** The folder of exports that are kept for so many days, by which the bucket's rules expire them. */
export function exportsFolder(keepDays: number): string {
  return `keep-${keepDays}-days/`;
}

/** Where the files and the record of one export of one backup are. */
export function exportFolder(
  { name, keepDays }: Pick<ConfiguredExport, 'name' | 'keepDays'>,
  source: string,
  backupId: string,
): string {
  return `${exportsFolder(keepDays)}${source}/${name}/${backupId}/`;
}
