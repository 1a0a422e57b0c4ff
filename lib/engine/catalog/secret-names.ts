/** The kind of object that has an option, as statements name it. */
export type OptionOwner = 'USER MAPPING' | 'SERVER' | 'FOREIGN DATA WRAPPER' | 'FOREIGN TABLE';

const PASSWORD =
  /pass(?:wor[dt]|wd|phrase|code)?$|^pass|pwd$|^pw$|secret|token|credential|bearer|jwt|cookie|signature/;
const KEY =
  /(?:^|_|api|access|account|auth|private|shared|signing|encryption|sa)key$|^scram_(?:client|server)_key$/;
/** Names of secret keys of a table. `key` and `primary_key` are not among them: they name columns. */
const TABLE_KEY = /(?:api|access|account|auth|private|shared|signing|encryption)_?key$/;
const HARMLESS: ReadonlySet<string> = new Set(['password_required', 'use_scram_passthrough', 'passfile']);
/**
 * Options of a user mapping that are not secret. Any other option may be a secret, whatever its wrapper calls
 * it.
 */
const HARMLESS_IN_USER_MAPPING: ReadonlySet<string> = new Set([
  'user',
  'username',
  'user_name',
  'userid',
  'uid',
  'login',
  'role',
  'sslcert',
  'sslrootcert',
]);
const BOOLEAN = /^(?:true|false|on|off|yes|no)$/i;

/** `user:password@` after a scheme. */
const CREDENTIALS_IN_URL = /[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]*@/i;
/** `Password=…` or `"password": …` in a connection string, URL or JSON document of any dialect. */
const CREDENTIALS_IN_TEXT =
  /(?:pass(?:wor[dt]|wd|phrase)?|pwd|secret|token|credentials?|(?:api|access|account|auth|private|shared|signing|encryption)[_ -]?key)["']?\s*[=:]/i;
const KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Whether an option of a foreign data object must not leave the source. In doubt, the answer is true. */
export function isSecretOption(owner: OptionOwner, optionName: string, value: string): boolean {
  const name = optionName.toLowerCase();
  if (HARMLESS.has(name)) return false;
  if (PASSWORD.test(name)) return true;
  if (CREDENTIALS_IN_URL.test(value) || CREDENTIALS_IN_TEXT.test(value) || KEY_BLOCK.test(value)) return true;
  if (BOOLEAN.test(value)) return false;
  if (owner === 'USER MAPPING') return !HARMLESS_IN_USER_MAPPING.has(name);
  return (owner === 'FOREIGN TABLE' ? TABLE_KEY : KEY).test(name);
}

/**
 * Whether a parameter of a libpq connection string is itself a secret, and not the path of a file with one.
 */
export function isSecretParameter(parameterName: string): boolean {
  const name = parameterName.toLowerCase();
  return name !== 'passfile' && (PASSWORD.test(name) || /^scram_(?:client|server)_key$/.test(name));
}
