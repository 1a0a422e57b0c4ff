import { fileURLToPath } from 'node:url';
import { buildPackage } from '../lib/package/build-package.ts';

/** `npm pack` and `npm publish` run this first: it makes `dist`, which is what the package holds. */
await buildPackage(fileURLToPath(new URL('..', import.meta.url)));
