import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const http = fileURLToPath(new URL('./node-http.cjs', import.meta.url));

/** What every bundle of ours has in common, of a function and of the command: ES modules for Node 24, with the SDK inside. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'error',
  // An optional native module that `pg` asks for only when told to.
  external: ['pg-native'],
  alias: { 'node:http': http, http },
  banner: {
    // CommonJS packages in an ES module call a `require` that is not there.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;
