import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { codeBlocks, readPage } from '../../support/docs/markdown.ts';
import { freePort, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { canSwitchOnTls, switchOnTls } from '../../support/server-tls.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bin/lifeboat.mjs', import.meta.url));
const HOST = 'shop.c1a2b3c4d5e6.eu-central-1.rds.amazonaws.com';

/** The plugin of the AWS CLI, as far as the recipe needs it: it says what the real one says, and forwards. */
const PLUGIN = `
const { createConnection, createServer } = require('node:net');
const at = (name) => process.argv[process.argv.indexOf(name) + 1];
const parameters = JSON.parse(at('--parameters'));
if (at('--document-name') !== 'AWS-StartPortForwardingSessionToRemoteHost' || parameters.host[0] !== '${HOST}') process.exit(255);
const server = createServer((socket) => {
  const onwards = createConnection(Number(process.env.TEST_DATABASE_PORT), '127.0.0.1');
  socket.pipe(onwards).pipe(socket);
  for (const one of [socket, onwards]) one.on('error', () => {});
});
server.listen(Number(parameters.localPortNumber[0]), '127.0.0.1', () => {
  console.log('Starting session with SessionId: someone-0123456789abcdef0');
  console.log('Port ' + parameters.localPortNumber[0] + ' opened for sessionId someone-0123456789abcdef0.');
  console.log('Waiting for connections...');
});
`;

describe.skipIf(!canSwitchOnTls())('the recipe for Session Manager', () => {
  let server: PostgresServer;
  let directory: string;
  let certificate: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-ssm-'));
    mkdirSync(join(directory, 'bin'));
    const program = (name: string, text: string) => {
      writeFileSync(join(directory, 'bin', name), text);
      chmodSync(join(directory, 'bin', name), 0o755);
    };
    program('session-manager-plugin', `#!${process.execPath}\n${PLUGIN}`);
    // Not exec: the plugin is a child of the CLI, and outlives it unless it is ended too.
    program('aws', '#!/bin/sh\nsession-manager-plugin "$@"\n');
    program('lifeboat', `#!/bin/sh\nexec "${process.execPath}" "${LAUNCHER}" "$@"\n`);
    server = await startPostgres({ major: 18 });
    certificate = await switchOnTls(server, HOST);
    await server.run('CREATE DATABASE shop');
    await server.run('CREATE TABLE t (id int PRIMARY KEY)', 'shop');
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('backs up with the name of the database checked, and ends the session', async () => {
    const port = await freePort();
    const [recipe] = codeBlocks(readPage('docs/bastion.md')).filter(({ text }) => text.includes('aws ssm'));
    const script = recipe?.text
      .replaceAll('15432', String(port))
      .replace('backup@', 'postgres@')
      .replace('global-bundle.pem', certificate);
    const run = (text = '') =>
      spawnSync('bash', ['-c', text], {
        cwd: directory,
        encoding: 'utf8',
        env: {
          PATH: `${directory}/bin:${process.env.PATH}`,
          HOME: directory,
          PGPASSWORD: server.password,
          LIFEBOAT_VAULT: join(directory, 'vault'),
          TEST_DATABASE_PORT: String(server.port),
        },
      });
    const { status, stdout, stderr } = run(
      script?.replace('lifeboat backup', 'lifeboat backup --create-vault --json'),
    );
    expect(status, stderr + readFileSync(join(directory, 'ssm.log'), 'utf8')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'sealed', source: 'shop' });
    await vi.waitUntil(() => isClosed(port), { timeout: 60_000 });

    const wrong = run(
      script
        ?.replace('@$database:', '@other.example.com:')
        .replace('lifeboat backup', 'lifeboat backup --json'),
    );
    expect({ status: wrong.status, code: JSON.parse(wrong.stdout).error.code }, wrong.stderr).toEqual({
      status: 3,
      code: 'source-tls-untrusted',
    });
  });
});

function isClosed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}
