import type { ExportCompression, ExportFormat, FormatOptions } from './formats/format-options.ts';

const COMPRESSED: Readonly<Record<ExportCompression, string>> = { none: '', gzip: '.gz', zstd: '.zst' };
/** File systems take 255 bytes; a compressed file of any format needs eleven of them. */
const MOST_CHARACTERS = 180;

/** How the name of a file ends. Parquet compresses its pages, and not the file. */
export function endingOf(format: ExportFormat, compression: ExportCompression): string {
  return `.${format}${format === 'parquet' ? '' : COMPRESSED[compression]}`;
}

/**
 * Names of files for tables and queries: readable, and without a character that could cause trouble in a shell, a URL or a
 * file system. Names that become equal by that get a number.
 */
export function fileNames(names: readonly string[], options: FormatOptions): string[] {
  const ending = endingOf(options.format, compressionOf(options));
  const taken = new Set<string>();
  return names.map((name) => {
    const readable = name
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^[.-]+/, '_')
      .slice(0, MOST_CHARACTERS);
    let unique = readable;
    // A file system may not tell upper and lower case apart.
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) unique = `${readable}_${number}`;
    taken.add(unique.toLowerCase());
    return `${unique}${ending}`;
  });
}

export function compressionOf({ format, compression }: FormatOptions): ExportCompression {
  return compression ?? (format === 'parquet' ? 'zstd' : 'none');
}
