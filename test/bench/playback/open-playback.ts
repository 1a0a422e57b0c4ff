import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Playback {
  /** The same database by way of the proxy. */
  through(url: string): string;
  /** How many COPY statements the server had to answer itself until now. */
  readonly copiesAsked: number;
  stop(): void;
}

/** A playback proxy to a server of this machine, in a process of its own, so that its work is not counted as ours. */
export async function openPlayback(serverPort: number): Promise<Playback> {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [main, '--port', String(serverPort)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let told = { port: 0, copiesAsked: 0 };
  const lines = createInterface(child.stdout).on('line', (line) => {
    told = JSON.parse(line);
  });
  const ended = once(lines, 'close').then(() => {
    if (told.port === 0) throw new Error('the playback proxy did not start');
  });
  await Promise.race([once(lines, 'line'), ended]);
  return {
    through(url) {
      const address = new URL(url);
      address.port = String(told.port);
      return address.href;
    },
    get copiesAsked() {
      return told.copiesAsked;
    },
    stop: () => child.kill(),
  };
}
