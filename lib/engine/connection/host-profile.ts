import type { HostProfile } from '../../contract/host-profiles.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';

interface WrongAddress {
  readonly what: string;
  readonly use: string;
}

export function hostProfileOf(host: string): HostProfile {
  if (/\.(supabase\.(co|com|in|net))$/i.test(host)) return 'supabase';
  if (/\.neon\.(tech|build)$/i.test(host)) return 'neon';
  if (/\.rds\.amazonaws\.com(\.cn)?$/i.test(host)) return 'rds';
  return 'plain';
}

/**
 * Refuses addresses that pool sessions by transaction or spread them over several servers, and names the
 * address to use instead. Through such an address a snapshot cannot be shared, and locks vanish between two
 * statements.
 */
export function checkAddress(
  settings: ConnectionSettings,
  profile: HostProfile = hostProfileOf(settings.host),
): HostProfile {
  const wrong = wrongAddress(profile, settings);
  if (!wrong) return profile;
  throw new LifeboatError({
    code: 'source-address-unusable',
    kind: 'source',
    what: `${settings.host}:${settings.port} is ${wrong.what}.`,
    meaning: 'A consistent backup needs sessions that stay on one server.',
    remedy: `Use ${wrong.use}.`,
  });
}

function wrongAddress(profile: HostProfile, { host, port }: ConnectionSettings): WrongAddress | undefined {
  if (profile === 'supabase' && port === 6543) {
    const pooler = host.includes('.pooler.');
    return {
      what: "Supabase's transaction pooler",
      use: pooler
        ? `${host}:5432, the session pooler`
        : `${host}:5432, the direct address (IPv6), or the session pooler on port 5432`,
    };
  }
  if (profile === 'neon' && /^[^.]+-pooler\./.test(host)) {
    return {
      what: "Neon's pooler",
      use: `${host.replace(/^([^.]+)-pooler\./, '$1.')}:${port}, the direct address`,
    };
  }
  if (profile === 'rds' && host.includes('.cluster-ro-')) {
    return {
      what: "Aurora's balancing reader endpoint",
      use: `${host.replace('.cluster-ro-', '.cluster-')}:${port}, the writer, or the endpoint of one reader instance`,
    };
  }
  if (profile === 'rds' && host.includes('.cluster-custom-')) {
    return {
      what: 'a custom Aurora endpoint, which balances over several instances',
      use: `the writer's endpoint, .cluster- in place of .cluster-custom-, on port ${port}, or one instance's`,
    };
  }
  if (profile === 'rds' && host.includes('.proxy-')) {
    return { what: 'an RDS Proxy', use: "the endpoint of the instance or the cluster's writer" };
  }
  return undefined;
}
