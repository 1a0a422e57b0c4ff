import { TLSSocket } from 'node:tls';
import { isThisMachine } from '../../connection/connection-settings.ts';
import { type Finding, Findings } from '../finding.ts';
import type { SourceCheck, SourceContext } from './source-context.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

export const tls: SourceCheck = {
  name: 'tls',
  async run({ session, settings, now }: SourceContext): Promise<Finding | Finding[]> {
    const findings = new Findings('source', 'tls');
    const { host, sslMode } = settings;
    const { connection } = session.client as unknown as { connection: { stream: unknown } };
    const socket = connection.stream;
    if (!(socket instanceof TLSSocket)) {
      return isThisMachine(host)
        ? findings.ok('The connection is not encrypted, but the server is on this machine.')
        : findings.problem(
            `The connection to ${host} is not encrypted: password and rows can be read on the way.`,
            'Remove sslmode=disable from the URL. On a server without TLS, put its certificate and key in place and run `ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf();`.',
          );
    }
    const verified =
      sslMode === 'verify-full'
        ? findings.ok(`The connection uses ${socket.getProtocol()}, with certificate and host name verified.`)
        : settings.tls.rejectUnauthorized
          ? findings.ok(
              `The connection uses ${socket.getProtocol()}, with the certificate verified, but not the host name.`,
            )
          : findings.warning(
              `The connection uses ${socket.getProtocol()}, but the certificate is not verified: the server may be anybody's.`,
              "Add `?sslmode=verify-full` to the URL, and `&sslrootcert=<file>` with the host's CA certificate unless a public CA issued it.",
            );
    const end = new Date(socket.getPeerCertificate().valid_to);
    const days = (end.getTime() - now().getTime()) / DAY_MS;
    return Number.isNaN(days) || days > SOON_DAYS
      ? verified
      : [
          verified,
          findings.warning(
            `The server's certificate ends on ${end.toISOString().slice(0, 10)}.`,
            'Renew the certificate, or connections that verify it will fail from then on.',
          ),
        ];
  },
};
