/** The position of one parameter's value in a connection string, including quotes. */
export interface ConninfoValue {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export type ConninfoForm = 'parameters' | 'uri';

const URI_SCHEME = /^postgres(?:ql)?:\/\//;

export function conninfoForm(conninfo: string): ConninfoForm {
  return URI_SCHEME.test(conninfo) ? 'uri' : 'parameters';
}

/**
 * Reads the values of a libpq connection string of either form. Returns undefined if libpq could not read it.
 */
export function readConninfo(conninfo: string): ConninfoValue[] | undefined {
  return conninfoForm(conninfo) === 'uri' ? readUri(conninfo) : readParameters(conninfo);
}

/**
 * Escapes a value for a connection string of this form. In the parameter form, the value then goes between
 * quotes.
 */
export function escapeConninfoValue(value: string, form: ConninfoForm): string {
  return form === 'uri' ? encodeURIComponent(value) : value.replace(/[\\']/g, '\\$&');
}

const NAME = /\s*([^\s=]+)\s*=\s*/y;
const QUOTED_VALUE = /'(?:[^'\\]|\\[\s\S])*'/y;
/** A backslash escapes the next character, including a space. */
const BARE_VALUE = /(?:[^\s\\]|\\[\s\S]|\\$)*/y;

/** `name = value name='quoted value'` (libpq's conninfo_parse). */
function readParameters(conninfo: string): ConninfoValue[] | undefined {
  const values: ConninfoValue[] = [];
  let at = 0;
  while (conninfo.slice(at).trim() !== '') {
    NAME.lastIndex = at;
    const name = NAME.exec(conninfo)?.[1];
    if (name === undefined) return undefined;
    const start = NAME.lastIndex;
    const pattern = conninfo[start] === "'" ? QUOTED_VALUE : BARE_VALUE;
    pattern.lastIndex = start;
    if (!pattern.test(conninfo)) return undefined;
    at = pattern.lastIndex;
    values.push({ name, start, end: at });
  }
  return values;
}

/** `postgresql://user:password@host/database?name=value&…` (libpq's conninfo_uri_parse). */
function readUri(conninfo: string): ConninfoValue[] | undefined {
  const values: ConninfoValue[] = [];
  const authority = URI_SCHEME.exec(conninfo)?.[0].length ?? 0;
  const endOfUser = endOfCredentials(conninfo, authority);
  if (endOfUser !== undefined) {
    const colon = conninfo.indexOf(':', authority);
    if (colon >= 0 && colon < endOfUser) values.push({ name: 'password', start: colon + 1, end: endOfUser });
  }
  const question = conninfo.indexOf('?', endOfUser ?? authority);
  if (question < 0) return values;
  let at = question + 1;
  for (const parameter of conninfo.slice(at).split('&')) {
    const equals = parameter.indexOf('=');
    if (equals < 0) return undefined;
    const name = percentDecoded(parameter.slice(0, equals));
    if (name === undefined) return undefined;
    values.push({ name, start: at + equals + 1, end: at + parameter.length });
    at += parameter.length + 1;
  }
  return values;
}

/**
 * Finds the `@` before the host. Libpq takes the first `@`. If a password contains an unencoded `@`, the
 * password ends at the last `@`. Libpq then takes the rest of the password for a host: the URI is useless,
 * but it may be stored.
 */
function endOfCredentials(conninfo: string, authority: number): number | undefined {
  const length = conninfo.slice(authority).search(/[@/]/);
  const first = authority + length;
  if (length < 0 || conninfo[first] !== '@') return undefined;
  const host = /^[^/?]*/.exec(conninfo.slice(first))?.[0] ?? '';
  return first + host.lastIndexOf('@');
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
