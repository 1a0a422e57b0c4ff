import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';

const MODULE = new URL('../../../../lib/engine/ssh/open-tunnel.ts', import.meta.url).href;

it('leaves nothing when the command is killed while ssh logs in', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-login-'));
  const [bin, sockets] = [join(directory, 'bin'), join(directory, 'sockets')];
  mkdirSync(bin);
  mkdirSync(sockets);
  // An ssh whose server does not answer.
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\necho begun >${directory}/begun\nexec sleep 600\n`);
  chmodSync(join(bin, 'ssh'), 0o755);
  const request = { destination: { host: 'bastion', name: 'bastion' }, host: 'db', port: 5432, mayAsk: true };
  const code = `import(${JSON.stringify(MODULE)}).then((m) => m.openTunnel({ ...${JSON.stringify(request)}, environment: process.env }))`;
  const environment = { ...process.env, PATH: `${bin}:${process.env.PATH}`, TMPDIR: sockets };
  const child = spawn(process.execPath, ['-e', code], { env: environment, stdio: 'ignore' });
  await vi.waitUntil(() => readdirSync(directory).includes('begun'), { timeout: 60_000 });
  expect(readdirSync(sockets)).toHaveLength(1);
  child.kill('SIGKILL');
  await vi.waitUntil(() => readdirSync(sockets).length === 0, { timeout: 60_000 });
  rmSync(directory, { recursive: true });
});
