import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectNothingLeft, IMPATIENCE_MS, startDemo, startedDemo } from '../support/demo-process.ts';
import { npmBinaries } from '../support/postgres-server.ts';

/** Numbers and titles of the steps that ended well. */
function stepsIn(text: string): string[] {
  return [...text.matchAll(/^ {2}(\d {2}.*?) \.{3,} [\d.]+ s$/gm)].map(([, step = '']) => step);
}

describe.skipIf(npmBinaries(18) === undefined)('the demo', () => {
  it('tells the whole story in a pipe, plainly, and leaves nothing', { timeout: IMPATIENCE_MS }, async () => {
    const { output, exitCode } = startDemo();
    expect({ exitCode: await exitCode, stderr: output.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stepsIn(output.stdout)).toHaveLength(8);
    const page = readFileSync(new URL('../../docs/demo.md', import.meta.url), 'utf8');
    expect(stepsIn(page)).toEqual(stepsIn(output.stdout));
    for (const part of [
      /\d+ orders? committed meanwhile/,
      /proven: \d+ tables equal to what was read/,
      /relation "payments" does not exist/,
      /digest in the backup {3}([0-9a-f]{16})\n +digest of the table {4}\1 {3}equal/,
      /payments are in the backup, the last one of \d{4}-/,
      /The shop sells again/,
      /equal: \d+ tables read out of the new database/,
      /rows +3\d\d,\d{3} in \d+ tables/,
      /compression +\d+\.\d : 1/,
      /recovery time +[\d.]+ s for all of it, by the drill/,
      /^ +[\d.]+ s for all of it, into the server$/m,
      /npx lifeboat backup --vault/,
    ]) {
      expect(output.stdout).toMatch(part);
    }
    expect(output.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(Math.max(...output.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expectNothingLeft();
  });

  // After SIGTERM and after a failure: test/faults/demo.test.ts.
  it('leaves nothing after SIGINT in the middle', { timeout: IMPATIENCE_MS }, async () => {
    const { child, output, exitCode } = await startedDemo();
    child.kill('SIGINT');
    expect(await exitCode).toBe(130);
    expect(output.stdout).toContain('Stopped after');
    expectNothingLeft();
  });

  it('says in a sentence where it cannot run', async () => {
    const elsewhere = 'Object.defineProperty(process, "arch", { value: "riscv64" })';
    const { output, exitCode } = startDemo(`--import=data:text/javascript,${encodeURIComponent(elsewhere)}`);
    expect(await exitCode).toBe(1);
    expect(output.stderr).toContain(`npm has none for ${process.platform}-riscv64`);
    expectNothingLeft();
  });
});
