import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { workerFile } from '../../../../lib/engine/ground/worker-file.ts';

it('stands beside the module that starts it, with the same ending', () => {
  expect(workerFile('file:///var/task/index.mjs', 'embedded-worker').href).toBe(
    'file:///var/task/embedded-worker.mjs',
  );
  expect(workerFile(new URL('file:///a%20b/embedded.js?x=1'), 'w').href).toBe('file:///a%20b/w.js');
});

it('finds a source of this checkout', () => {
  const module = new URL('../../../../lib/engine/target/embedded/open-embedded-target.ts', import.meta.url);
  expect(existsSync(workerFile(module, 'embedded-worker'))).toBe(true);
});
