import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgedVault } from './prune-vault.ts';

const command = join(import.meta.dirname, '../../../bin/lifeboat.mjs');

/** util-linux's `script` gives a command a terminal; Debian always has it, other systems have another one. */
const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

let vault: AgedVault;
let old: string;
beforeAll(async () => {
  vault = new AgedVault();
  const { retentionClass, source, backupId } = await vault.backup(9, { proven: true });
  old = `${retentionClass}/${source}/${backupId}`;
  await vault.backup(1, { proven: true });
});
afterAll(() => vault.remove());

/** Runs prune at a terminal, and types a line when it asks. */
async function pruneAtTerminal(answer: string): Promise<{ exitCode: number | null; screen: string }> {
  const line = `${process.execPath} ${command} prune --delete --vault ${vault.directory}`;
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  let screen = '';
  let hasAnswered = false;
  child.stdout.on('data', (text) => {
    screen += String(text);
    if (hasAnswered || !screen.includes('to continue: ')) return;
    hasAnswered = true;
    child.stdin.write(`${answer}\n`);
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, screen };
}

describe.skipIf(!hasScript)('prune --delete at a terminal', () => {
  it('asks before it deletes, and deletes nothing for another number', async () => {
    const { exitCode, screen } = await pruneAtTerminal('2');
    expect(screen).toContain(old);
    expect(screen).toContain('Type how many are deleted, 1, to continue: ');
    expect(screen).toContain('prune-not-confirmed (exit 2)');
    expect(exitCode).toBe(2);
    expect(await vault.wholeBackups()).toHaveLength(2);
  });

  it('deletes what it has shown when the number is typed', async () => {
    const { exitCode, screen } = await pruneAtTerminal('1');
    expect(screen).toContain(`deleted: ${old}`);
    expect(exitCode).toBe(0);
    expect(await vault.wholeBackups()).toHaveLength(1);
  });
});
