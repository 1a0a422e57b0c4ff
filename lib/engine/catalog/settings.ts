import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import { oneLine } from './script.ts';
import { isSecretOption } from './secret-names.ts';

/** Names such as `app.settings.jwt_exp` or `auth.token_lifetime`, which only say how a secret is used. */
const ABOUT_A_SECRET =
  /_(?:exp|expiry|expires|expires_in|ttl|lifetime|max_age|length|algorithm|issuer|audience)$/i;

/** One `name=value` of pg_db_role_setting.setconfig or pg_proc.proconfig. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/**
 * A setting that was left out, because its value would have been a secret in the archive. It has the form of
 * the manifest.
 */
export interface WithheldSetting {
  /** `setting app.jwt_secret of role web` */
  readonly name: string;
  /** The text in the file instead of the value. */
  readonly placeholder: string;
}

/**
 * Withholds a setting. It stays in the file only as a comment: if the placeholder became its value, everybody
 * who knows the placeholder would know the key.
 */
export function withhold(owner: string, setting: Setting): WithheldSetting {
  const name = oneLine(`setting ${setting.name} of ${owner}`);
  return { name, placeholder: `<set the ${name}>` };
}

/**
 * Parameters whose value is a list of quoted names (variable_is_guc_list_quote() in PostgreSQL's
 * dumputils.c).
 */
const QUOTED_LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/**
 * The first major version in which `NULL` sets an empty list. Before it, the nearest value is `''`, one empty
 * name.
 */
export const FIRST_WITH_EMPTY_LISTS = 19;

export function isQuotedList(name: string): boolean {
  return QUOTED_LISTS.has(name.toLowerCase());
}

/** An empty list, as SET accepts it. */
export function emptyList(major: number): string {
  return major >= FIRST_WITH_EMPTY_LISTS ? 'NULL' : "''";
}

export function parseSetting(text: string): Setting {
  const cut = text.indexOf('=');
  return cut === -1 ? { name: text, value: '' } : { name: text.slice(0, cut), value: text.slice(cut + 1) };
}

/**
 * Whether a setting looks like a secret: people keep keys for their functions in `ALTER DATABASE … SET
 * app.jwt_secret`. Only names with a dot count, because these are the user's own. No setting of PostgreSQL
 * that a role or a database can have is secret.
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

/**
 * `"$user", public` → `$user`, `public`. Unquoted names were already folded to lower case when they were
 * stored.
 */
function splitQuotedList(list: string): string[] {
  return [...list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^",]*?))\s*(?:,|$)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
