import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  EXPORT_COMPRESSIONS,
  EXPORT_FORMATS,
  type ExportCompression,
  type ExportFormat,
  type FormatOptions,
} from '../../engine/export/formats/format-options.ts';
import type { NamedQuery } from '../../engine/export/origins/origin.ts';
import { usageError } from '../program/failure.ts';

/** Options that say how rows are written: the same for every command that exports. */
export interface ExportFormatOptions {
  readonly format?: ExportFormat;
  readonly compress?: ExportCompression;
  readonly null?: string;
  readonly bom?: boolean;
  readonly delimiter?: string;
  readonly escapeFormulas?: boolean;
  readonly bigNumbers?: 'string' | 'number';
  readonly bytea?: 'base64' | 'hex';
}

export function addExportFormatOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'how rows are written (default: by the name of --out, or csv)').choices(
        EXPORT_FORMATS,
      ),
    )
    .addOption(
      new Option(
        '--compress <how>',
        'compress the files; of Parquet, its pages (default: none, Parquet zstd)',
      ).choices(EXPORT_COMPRESSIONS),
    )
    .option('--null <text>', 'CSV: what stands for NULL (default: nothing; an empty text is two quotes)')
    .option('--bom', 'CSV: begin with a byte order mark, by which Excel knows UTF-8')
    .option('--delimiter <character>', 'CSV: what separates fields (default: a comma)', oneCharacter)
    .option(
      '--escape-formulas',
      'CSV: put an apostrophe before texts that a spreadsheet would run as a formula',
    )
    .addOption(
      new Option(
        '--big-numbers <how>',
        'NDJSON: bigint and numeric as strings, which every reader keeps exact, or as numbers (default: string)',
      ).choices(['string', 'number']),
    )
    .addOption(
      new Option('--bytea <how>', 'NDJSON: how bytea is written (default: base64)').choices([
        'base64',
        'hex',
      ]),
    );
}

const ENDINGS: ReadonlyArray<readonly [ending: RegExp, format: ExportFormat]> = [
  [/\.parquet$/i, 'parquet'],
  [/\.(?:ndjson|jsonl)(?:\.gz|\.zst)?$/i, 'ndjson'],
];

/** Throws `export-options` for options of another format: nobody should believe that they had an effect. */
export function formatOptionsOf(options: ExportFormatOptions, file: string | undefined): FormatOptions {
  const named = file === undefined ? undefined : ENDINGS.find(([ending]) => ending.test(file))?.[1];
  const format = options.format ?? named ?? 'csv';
  const ofOthers = {
    csv: { '--big-numbers': options.bigNumbers, '--bytea': options.bytea },
    ndjson: ofCsv(options),
    parquet: { ...ofCsv(options), '--big-numbers': options.bigNumbers, '--bytea': options.bytea },
  }[format];
  const useless = Object.entries(ofOthers).find(([, value]) => value !== undefined)?.[0];
  if (useless !== undefined) {
    throw usageError('export-options', `${useless} has no meaning with ${format}.`, 'Leave it out.');
  }
  const nullText = options.null;
  const { delimiter = ',' } = options;
  if (nullText !== undefined && (/["\r\n]/.test(nullText) || nullText.includes(delimiter))) {
    throw usageError(
      'export-options',
      '--null must not hold the delimiter, a quote or the end of a line.',
      "Use a text such as '\\N'.",
    );
  }
  return {
    format,
    ...{ compression: options.compress, nullText, bom: options.bom, delimiter: options.delimiter },
    ...{ escapeFormulas: options.escapeFormulas, bigNumbers: options.bigNumbers, bytea: options.bytea },
  };
}

function ofCsv({ null: nullText, bom, delimiter, escapeFormulas }: ExportFormatOptions) {
  return {
    '--null': nullText,
    '--bom': bom,
    '--delimiter': delimiter,
    '--escape-formulas': escapeFormulas,
  };
}

/** A parser for commander. */
function oneCharacter(text: string): string {
  const meant = text === '\\t' || text === 'tab' ? '\t' : text;
  if (/^[^"\r\n\\.]$/.test(meant)) return meant;
  throw new InvalidArgumentError(
    'It must be one character, such as ; or tab, and no quote, backslash or dot.',
  );
}

/** A parser for commander: `name=SELECT …`, or the SQL alone. */
export function namedQuery(text: string, before: readonly NamedQuery[] = []): readonly NamedQuery[] {
  const [, name, sql] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(text) ?? [];
  const number = before.length === 0 ? '' : `_${before.length + 1}`;
  return [...before, name === undefined ? { name: `query${number}`, sql: text } : { name, sql: sql ?? '' }];
}
