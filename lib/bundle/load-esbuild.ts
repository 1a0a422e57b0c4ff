import { createRequire } from 'node:module';

/** Loads esbuild only when a bundle is made: template tests and `cdk ls` do not need it. */
export function loadEsbuild(): typeof import('esbuild') {
  try {
    return createRequire(import.meta.url)('esbuild');
  } catch (cause) {
    throw new Error(
      'esbuild is not installed. Without it neither the functions nor the command can be bundled. Install it beside pg-lifeboat: npm install --save-dev esbuild',
      { cause },
    );
  }
}
