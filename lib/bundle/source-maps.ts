import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

interface SourceMap {
  sources: string[];
  sourcesContent?: Array<string | null>;
}

/**
 * Rewrites the source maps in `directory` so that they name each source as seen from `root`:
 * `lambda/backup.ts`. esbuild writes the way from the bundle to the source, so that the same bundle in another
 * directory would be another asset. Drops the text of other people's packages.
 */
export function nameSourcesFrom(root: string, directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.map')) continue;
    const file = join(directory, name);
    const map = JSON.parse(readFileSync(file, 'utf8')) as SourceMap;
    map.sources = map.sources.map((source) =>
      relative(root, resolve(dirname(file), source)).replaceAll(sep, '/'),
    );
    if (map.sourcesContent) {
      map.sourcesContent = map.sourcesContent.map((text, index) =>
        map.sources[index]?.includes('node_modules/') ? null : text,
      );
    }
    writeFileSync(file, JSON.stringify(map));
  }
}
