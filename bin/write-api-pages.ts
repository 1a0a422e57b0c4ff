import { fileURLToPath } from 'node:url';
import { writeApiPages } from '../lib/package/declarations.ts';

/** `npm run api` writes the pages of the package's API into `dist/api`. */
writeApiPages(
  fileURLToPath(new URL('..', import.meta.url)),
  fileURLToPath(new URL('../dist/api', import.meta.url)),
);
