import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allManPages } from '../lib/cli/all-man-pages.ts';

/** `npm run man`, which packing runs too: writes the man pages that package.json names into dist/man. */
const directory = new URL('../dist/man/', import.meta.url);
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const { name, text } of await allManPages()) writeFileSync(new URL(name, directory), text);
process.stderr.write(`Try: man ${fileURLToPath(new URL('lifeboat.1', directory))}\n`);
