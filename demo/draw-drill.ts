import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enterWorld } from './disposable-world.ts';
import { drawTerminal } from './draw-terminal.ts';
import { openShop } from './shop.ts';

/**
 * Draws the README's picture, docs/pictures/drill.svg, from what a real drill of the demo's shop prints in a
 * terminal:
 *
 *     node demo/draw-drill.ts
 *
 * Needs `script` of util-linux, which runs a command in a terminal of its own.
 */

const COLUMNS = 100;
const LIFEBOAT = fileURLToPath(new URL('../bin/lifeboat.mjs', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/pictures/drill.svg', import.meta.url));

const world = enterWorld(process);
try {
  const server = await world.startServer();
  await openShop(server);
  const environment = {
    ...process.env,
    LIFEBOAT_SOURCE_URL: server.url('shop'),
    LIFEBOAT_VAULT: join(world.directory, 'vault'),
    TERM: 'xterm-256color',
  };
  execFileSync(process.execPath, [LIFEBOAT, 'backup'], { env: environment });
  const drill = `stty cols ${COLUMNS}; '${process.execPath}' '${LIFEBOAT}' drill`;
  const printed = execFileSync('script', ['-qec', drill, '/dev/null'], {
    env: environment,
    encoding: 'utf8',
  });
  writeFileSync(PICTURE, drawTerminal('npx lifeboat drill', printed));
} finally {
  await world.leave();
}
