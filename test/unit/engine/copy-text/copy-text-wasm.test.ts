import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import wabt from 'wabt';

const folder = join(import.meta.dirname, '../../../../lib/engine/copy-text');

/** To be made anew with `vitest run --update` after a change of the source. */
it('holds copy-text.wat as it is compiled', async () => {
  const source = readFileSync(join(folder, 'copy-text.wat'), 'utf8');
  const module = (await wabt()).parseWat('copy-text.wat', source, {
    simd: true,
    bulk_memory: true,
    multi_value: true,
  });
  module.validate();
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
  const lines = base64.match(/.{1,100}/g) ?? [];
  const text = [
    '/** copy-text.wat, compiled by wabt: see test/unit/engine/copy-text/copy-text-wasm.test.ts. */',
    'export const COPY_TEXT_WASM =',
    ...lines.map((line, index) => `  '${line}'${index === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot(join(folder, 'copy-text-wasm.ts'));
});
