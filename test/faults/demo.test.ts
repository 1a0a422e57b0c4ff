import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectNothingLeft, startedDemo, temporary } from '../support/demo-process.ts';
import { npmBinaries } from '../support/postgres-server.ts';

/** The server's own number, from the file that it keeps in its data directory. */
function serverProcess(): number | undefined {
  const file = readdirSync(temporary, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('postmaster.pid'),
  );
  return file === undefined ? undefined : Number(readFileSync(join(temporary, file), 'utf8').split('\n')[0]);
}

describe.skipIf(npmBinaries(18) === undefined)('the demo', () => {
  it('leaves nothing after SIGTERM in the middle', async () => {
    const { child, output, exitCode } = await startedDemo();
    child.kill('SIGTERM');
    expect(await exitCode).toBe(130);
    expect(output.stdout).toContain('Stopped after');
    expectNothingLeft();
  });

  it('leaves nothing after a failure, and says what failed', async () => {
    const { output, exitCode } = await startedDemo();
    process.kill(serverProcess() ?? Number.NaN, 'SIGKILL');
    expect(await exitCode).toBe(1);
    expect(output.stderr).toMatch(/^error {4}/m);
    expectNothingLeft();
  });
});
