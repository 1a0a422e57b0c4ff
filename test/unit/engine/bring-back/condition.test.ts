import { describe, expect, it } from 'vitest';
import { requireCondition } from '../../../../lib/engine/bring-back/condition.ts';

describe('a condition', () => {
  it.each(['id = 1', "name = 'a;b)'", 'id IN (1, 2) AND (a OR b)', 'x = $$;)$$', 'true -- why (not'])(
    'stays inside its brackets: %s',
    (condition) => {
      expect(requireCondition(condition)).toBe(`(${condition}\n)`);
    },
  );

  it.each([
    '',
    ' -- nothing',
    'id = 1; SELECT 1',
    'true) OR (true',
    '(id = 1',
    "name = 'x",
    'a = $$x',
    '/* x',
  ])('is refused if it could leave them: %s', (condition) => {
    expect(() => requireCondition(condition)).toThrow(
      expect.objectContaining({ code: 'restore-rows-condition' }),
    );
  });
});
