import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { oneLine } from './script.ts';
import { isSecretOption } from './secret-names.ts';

/** `app.settings.jwt_exp`, `auth.token_lifetime`: they only say how a secret is used. */
const ABOUT_A_SECRET =
  /_(?:exp|expiry|expires|expires_in|ttl|lifetime|max_age|length|algorithm|issuer|audience)$/i;

/** One `name=value` of pg_db_role_setting.setconfig or pg_proc.proconfig. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** A setting that was left out, for its value would have been a secret in the archive. Shaped as the manifest keeps it. */
export interface WithheldSetting {
  /** `setting app.jwt_secret of role web` */
  readonly name: string;
  /** What stands in the file in the value's place. */
  readonly placeholder: string;
}

/**
 * A withheld setting stays in the file as a comment: with a placeholder for a value, whoever knows the placeholder would
 * know the key.
 */
export function withhold(owner: string, setting: Setting): WithheldSetting {
  const name = oneLine(`setting ${setting.name} of ${owner}`);
  return { name, placeholder: `<set the ${name}>` };
}

/** Parameters whose value is a list of quoted names (variable_is_guc_list_quote() in PostgreSQL's dumputils.c). */
const QUOTED_LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** The first major in which `NULL` sets a list to nothing; before it `''`, one empty name, is what comes nearest. */
export const FIRST_WITH_EMPTY_LISTS = 19;

export function isQuotedList(name: string): boolean {
  return QUOTED_LISTS.has(name.toLowerCase());
}

/** As SET takes it. */
export function emptyList(major: number): string {
  return major >= FIRST_WITH_EMPTY_LISTS ? 'NULL' : "''";
}

export function parseSetting(text: string): Setting {
  const cut = text.indexOf('=');
  return cut === -1 ? { name: text, value: '' } : { name: text.slice(0, cut), value: text.slice(cut + 1) };
}

/**
 * Whether a setting looks like a secret: people keep keys for their functions in `ALTER DATABASE … SET app.jwt_secret`.
 * Only names with a dot: those are the user's own, and none of PostgreSQL's that a role or a database can set holds any.
 */
export function looksSecret({ name, value }: Setting): boolean {
  return (
    name.includes('.') &&
    !ABOUT_A_SECRET.test(name) &&
    isSecretOption('SERVER', name.replaceAll('.', '_'), value)
  );
}

/** `SET "work_mem" TO '64MB'`, the tail of an ALTER ROLE or ALTER DATABASE; `major` is the source's. */
export function setClause({ name, value }: Setting, major: number): string {
  const values = isQuotedList(name) ? splitQuotedList(value) : [value];
  const written = values.length === 0 ? emptyList(major) : values.map(quoteLiteral).join(', ');
  return `SET ${quoteIdentifier(name)} TO ${written}`;
}

/** `"$user", public` → `$user`, `public`. Names that stand there unquoted were folded when they were stored. */
function splitQuotedList(list: string): string[] {
  return [...list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^",]*?))\s*(?:,|$)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
