import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const http = fileURLToPath(new URL('./node-http.cjs', import.meta.url));

/** Options that the bundles of functions and command share: ES modules for Node 24, with the SDK inside. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'error',
  // `pg` loads this optional native module only on request.
  external: ['pg-native'],
  alias: { 'node:http': http, http },
  banner: {
    // CommonJS packages call `require`, which an ES module does not have.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;
