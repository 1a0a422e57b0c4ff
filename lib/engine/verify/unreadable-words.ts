import type { Manifest } from '../archive/manifest.ts';
import { majorOfSource } from '../archive/read-script.ts';
import { newerConstructs } from '../sql-script/majors/newer-constructs.ts';

const FILES = [
  ['preData', 'pre-data.sql'],
  ['postData', 'post-data.sql'],
] as const;

/**
 * Sentences about words in the scripts that a server of the source's own major cannot read, so that
 * restore.sh would stop there. Today's backups have none; earlier versions left a few words of pg_dump 18
 * unchanged.
 */
export function unreadableWords(
  scripts: { readonly preData?: Buffer | undefined; readonly postData?: Buffer | undefined },
  manifest: Pick<Manifest, 'server'>,
): string[] {
  const major = majorOfSource(manifest);
  return FILES.flatMap(([name, file]) =>
    newerConstructs(scripts[name]?.toString('latin1') ?? '', major).map(
      ({ what, since, object }) =>
        `${file} says ${what} (${Buffer.from(object, 'latin1').toString('utf8')}), which servers before ${since} cannot read: ` +
        `lifeboat restore writes it as PostgreSQL ${major} reads it; restore.sh does not (see docs/restore.md)`,
    ),
  );
}
