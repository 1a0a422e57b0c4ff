import { createRequire } from 'node:module';

/** Loaded only when a bundle is made: template tests and `cdk ls` do without it. */
export function loadEsbuild(): typeof import('esbuild') {
  try {
    return createRequire(import.meta.url)('esbuild');
  } catch (cause) {
    throw new Error(
      'esbuild is not installed, and without it nothing can be bundled, the functions neither. Install it beside pg-lifeboat: npm install --save-dev esbuild',
      { cause },
    );
  }
}
