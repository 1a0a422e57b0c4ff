// `npm run build`, which npm also runs after `npm ci`, bundles the command so that it starts sooner. If that
// is impossible, the command runs from its sources, so nothing fails here. This file is plain JavaScript,
// because any Node may run it.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = fileURLToPath(new URL('../node_modules/.cache/lifeboat/', import.meta.url));
try {
  if (!process.features.typescript) throw new Error(`Node.js ${process.version} cannot run TypeScript`);
  const { bundleCommand } = await import('../lib/bundle/command-bundle.ts');
  mkdirSync(cache, { recursive: true });
  bundleCommand(root, `${cache}command`);
} catch (error) {
  process.stderr.write(
    `NOTE: the command could not be bundled, so it starts a little more slowly: ${error.message}\n`,
  );
}
