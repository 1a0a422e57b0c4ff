import { expect, it } from 'vitest';
import { openMetrics } from '../../../../lib/present/openmetrics/open-metrics.ts';
import { parseOpenMetrics } from '../../../support/openmetrics/parse.ts';

it('escapes what a label or a help may not hold, and leaves out families without a sample', () => {
  const text = openMetrics([
    {
      name: 'a_seconds',
      unit: 'seconds',
      help: 'A "quoted"\nhelp \\ here',
      samples: [{ labels: { source: 'a"b\\c\nd 🚢' }, value: 1.5e-7 }],
    },
    { name: 'b', help: 'None.', samples: [] },
    { name: 'c', help: 'Two.', samples: [{ labels: {}, value: 0 }] },
  ]);
  expect([...parseOpenMetrics(text)]).toEqual([
    ['a_seconds{source="a\\"b\\\\c\\nd 🚢"}', 1.5e-7],
    ['c', 0],
  ]);
  expect(text).not.toContain('# TYPE b');
  expect(() => parseOpenMetrics(text.replace('# EOF\n', ''))).toThrow('EOF');
});
