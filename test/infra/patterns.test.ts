import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relationPattern, schemaPattern } from '../../lib/engine/selection/name-pattern.ts';
import { checkBackupOrder } from '../../lib/infra/functions/backup-order.ts';

/** What is refused at synth and what a backup refuses have to be the same: the functions hear of it only by night. */
describe('patterns in bin/environments.ts', () => {
  const pieces = fc.array(fc.constantFrom('a', 'B', '*', '?', '.', '"', '""', ' ', 'é'), { maxLength: 8 });
  const text = pieces.map((parts) => parts.join(''));
  const isTaken = (read: (text: string) => unknown, pattern: string) => {
    try {
      read(pattern);
      return true;
    } catch {
      return false;
    }
  };

  it('are those that a backup takes', () => {
    fc.assert(
      fc.property(text, (pattern) => {
        const problems = (setting: string) => checkBackupOrder({ selection: { [setting]: [pattern] } });
        expect(problems('excludeTables').length === 0).toBe(isTaken(relationPattern, pattern));
        expect(problems('schemas').length === 0).toBe(isTaken(schemaPattern, pattern));
      }),
      { numRuns: 2000 },
    );
  });
});
