import { quoteLiteral } from '../../ground/sql.ts';
import type { Target, TargetStatementError } from '../target.ts';

export interface ExtensionOfSource {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
}

/** An extension whose version on the target differs from that at the source. */
export interface OtherVersion extends ExtensionOfSource {
  readonly targetVersion: string;
}

const UNDEFINED_COLUMN = '42703';

/**
 * Reads extensions with other versions. pg_dump names no version, so the target creates its default version.
 */
export async function readOtherVersions(
  target: Target,
  extensions: readonly ExtensionOfSource[],
): Promise<OtherVersion[]> {
  const { rows } = await target.execute(
    'SELECT name, default_version AS version FROM pg_catalog.pg_available_extensions',
  );
  const available = new Map(rows.map(({ name, version }) => [name, version]));
  return extensions.flatMap((extension) => {
    const targetVersion = available.get(extension.name);
    return targetVersion == null || targetVersion === extension.version
      ? []
      : [{ ...extension, targetVersion }];
  });
}

/**
 * Why a statement finds no column, if the column may exist in another version of an extension's relation
 * only.
 */
export async function otherColumnReason(
  target: Target,
  error: Pick<TargetStatementError, 'sqlState'>,
  text: string,
  otherVersions: readonly OtherVersion[],
): Promise<string | undefined> {
  if (error.sqlState !== UNDEFINED_COLUMN) return undefined;
  const found: Array<{ relation: string; extension: OtherVersion }> = [];
  for (const extension of otherVersions) {
    const relation = (await relationsOf(target, extension)).find((name) => text.includes(name));
    if (relation !== undefined) found.push({ relation, extension });
  }
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  if (others.length > 0) return `it needs a column of an extension that the target has in another version`;
  return `it needs a column of ${first.relation}, ${inOtherVersion(first.extension)}`;
}

/** A clause to put after the name of the missing object. */
export function inOtherVersion({ name, version, targetVersion }: OtherVersion): string {
  return `which the extension ${name} may have in ${version}, the source's version, and not in ${targetVersion}, the target's`;
}

/** The relations of an extension with their schema, as pg_dump writes them in statements. */
async function relationsOf(target: Target, { name }: OtherVersion): Promise<string[]> {
  const { rows } = await target.execute(`
    SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
      JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
       AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.extname = ${quoteLiteral(name)}`);
  return rows.map((row) => String(row.name));
}
