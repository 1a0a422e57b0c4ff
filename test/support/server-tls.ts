import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from './postgres-server.ts';

/** Whether {@link switchOnTls} can work here: certificates are made by the program openssl. Where it is missing, that is said. */
export function canSwitchOnTls(): boolean {
  if (spawnSync('openssl', ['version']).status === 0) return true;
  console.warn('SKIPPED: tests of TLS need the program openssl, which is not installed.');
  return false;
}

/**
 * Gives a server a certificate of its own for one host name, which nobody vouches for and which ends in two
 * days, and restarts it. Returns the path of the certificate, for `sslrootcert`.
 */
export async function switchOnTls(server: PostgresServer, host = 'localhost'): Promise<string> {
  const certificate = join(server.dataDirectory, 'server.crt');
  const key = join(server.dataDirectory, 'server.key');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=lifeboat-test'],
      ...['-addext', `subjectAltName=DNS:${host}`, '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  const { uid, gid } = statSync(server.dataDirectory);
  for (const file of [certificate, key]) {
    chownSync(file, uid, gid);
    // The server refuses a key that others may read.
    chmodSync(file, 0o600);
  }
  await server.run('ALTER SYSTEM SET ssl = on');
  await server.restart();
  return certificate;
}
