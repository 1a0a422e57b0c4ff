import { isIPv6 } from 'node:net';
import * as v from 'valibot';
import {
  type ConnectionSettings,
  connectionSettings,
} from '../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { text } from '../../lib/engine/ground/shapes.ts';

/**
 * The certificate of an authority that is not public. It is in the secret because a function has no files.
 */
const certificate = v.optional(v.pipe(v.string(), v.includes('-----BEGIN CERTIFICATE-----')));
const portNumber = v.pipe(v.unknown(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(65_535));

const ofUrl = v.object({ url: v.string(), sslrootcert: certificate });
/** RDS's JSON (AWS Secrets Manager User Guide, "JSON structure of secrets"). Other fields are ignored. */
const ofRds = v.object({
  host: text,
  port: v.optional(portNumber, 5432),
  dbname: v.optional(text, 'postgres'),
  username: text,
  password: v.string(),
  sslmode: v.optional(v.string()),
  sslrootcert: certificate,
});

/**
 * The URL that a secret holds, for a command that takes nothing else, and the certificate of an authority beside it, which
 * the command reads from a file.
 */
export function urlOfSecret(secretText: string): { readonly url: string; readonly sslrootcert?: string } {
  settingsFromSecret(secretText);
  if (!secretText.trimStart().startsWith('{')) return { url: secretText.trim() };
  const json = parseJson(secretText);
  const found = 'url' in json ? read(ofUrl, json) : { ...read(ofRds, json), url: urlOfRds(json) };
  const { url, sslrootcert } = found;
  return { url: url.trim(), ...(sslrootcert !== undefined && { sslrootcert }) };
}

/**
 * The connection that a secret holds: a `postgres://` URL, the JSON that RDS keeps, or JSON with a `url`.
 * Throws `secret-invalid` or `source-url-invalid`, and repeats nothing of the secret.
 */
export function settingsFromSecret(secretText: string): ConnectionSettings {
  if (!secretText.trimStart().startsWith('{')) return connectionSettings(secretText.trim());
  const json = parseJson(secretText);
  if ('url' in json) {
    const { url, sslrootcert } = read(ofUrl, json);
    return trusting(connectionSettings(url.trim()), sslrootcert);
  }
  return trusting(connectionSettings(urlOfRds(json)), read(ofRds, json).sslrootcert);
}

function urlOfRds(json: object): string {
  const { host, port, dbname, username, password, sslmode } = read(ofRds, json);
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const query = sslmode === undefined ? '' : `?sslmode=${encodeURIComponent(sslmode)}`;
  const [user, secret, database] = [username, password, dbname].map(encodeURIComponent);
  return `postgres://${user}:${secret}@${address}/${database}${query}`;
}

function trusting(settings: ConnectionSettings, ca: string | undefined): ConnectionSettings {
  return ca === undefined ? settings : { ...settings, tls: { ...settings.tls, ca } };
}

function read<Schema extends v.GenericSchema>(schema: Schema, json: object): v.InferOutput<Schema> {
  const found = v.safeParse(schema, json);
  if (found.success) return found.output;
  // The library's own message is not used, because it repeats the value.
  throw secretInvalid(`its field ${v.getDotPath(found.issues[0])} is missing or of the wrong kind`);
}

function parseJson(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json;
  } catch {
    // Its message would repeat a part of the text.
  }
  throw secretInvalid('it starts like JSON but is not valid JSON');
}

function secretInvalid(why: string): LifeboatError {
  return new LifeboatError({
    code: 'secret-invalid',
    kind: 'usage',
    what: `The source's secret cannot be used: ${why}.`,
    remedy:
      'Store a postgres:// URL in it, or JSON with host, port, dbname, username and password. A secret that RDS manages holds only a user name and a password: create a secret of your own.',
  });
}
