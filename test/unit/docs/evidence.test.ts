import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONTROLS } from '../../../lib/engine/evidence/controls.ts';

it('docs/evidence.md has the table of the report, word for word', () => {
  const page = readFileSync(new URL('../../../docs/evidence.md', import.meta.url), 'utf8');
  for (const { standard, id, asks, supports, notCovered } of CONTROLS) {
    expect(page).toContain(`| ${standard} ${id} | ${asks} | ${supports} | ${notCovered} |`);
  }
});
