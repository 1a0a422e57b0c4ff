import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

export interface HealthAddress {
  readonly host: string;
  readonly port: number;
}

/** Only this machine, and a port that no exporter of Prometheus's list has. */
export const DEFAULT_ADDRESS: HealthAddress = { host: '127.0.0.1', port: 9971 };

/** A parser for commander: `9971`, `127.0.0.1:9971`, `[::1]:9971`, `0.0.0.0:9971`, `localhost:0` (any free port). */
export function healthAddress(text: string): HealthAddress {
  const [, bracketed, plain, digits = ''] =
    /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? DEFAULT_ADDRESS.host;
  const port = digits === '' ? Number.NaN : Number(digits);
  const isHost = bracketed === undefined || isIP(bracketed) === 6;
  if (port <= 65_535 && isHost) return { host, port };
  throw new InvalidArgumentError('It must be a port or host:port, such as 9971, 0.0.0.0:9971 or [::1]:9971.');
}

export function isLoopback({ host }: HealthAddress): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
