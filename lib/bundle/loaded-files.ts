import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** `new URL("./pglite.wasm", import.meta.url)`: how a module names a file that it loads at run time. */
const LOADED_FILE = /new URL\(\s*["']([^"']+\.(?:wasm|data|tar\.gz))["']\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * Copies every file that a bundled module loads at run time (WebAssembly, archives) to where the bundle looks
 * for it: beside the modules in `code`, or one level up. Returns their paths, relative to `code`. Throws if a
 * file is missing, because a missing file makes PGlite hang.
 */
export function copyLoadedFiles(modules: readonly string[], code: string): string[] {
  const copied = modules.flatMap((module) => copyFilesOf(module, code));
  return [...new Set(copied)].sort();
}

function copyFilesOf(module: string, code: string): string[] {
  if (!/\.(?:m?js|m?ts)$/.test(module)) return [];
  return [...readFileSync(module, 'utf8').matchAll(LOADED_FILE)].map(([, reference = '']) => {
    const from = resolve(dirname(module), reference);
    const to = resolve(code, reference);
    if (!existsSync(from)) throw new Error(`${module} loads ${reference}, which is not beside it`);
    if (existsSync(to) && !readFileSync(to).equals(readFileSync(from))) {
      throw new Error(`two different files of the bundle would be ${to}`);
    }
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    return relative(code, to);
  });
}
