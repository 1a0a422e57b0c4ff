import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Whether a vault's URL names another vault, or a place below it. Symbolic links of directories are followed. It
 * compares names only: one bucket behind two endpoints looks like two, and two of one name like one.
 */
export function liesInVault(url: string, vault: string): boolean {
  if (url.startsWith('file:') && vault.startsWith('file:')) {
    const way = relative(realPlace(fileURLToPath(vault)), realPlace(fileURLToPath(url)));
    return way !== '..' && !way.startsWith(`..${sep}`);
  }
  const root = vault.replace(/\/+$/, '');
  return url === root || url.startsWith(`${root}/`);
}

/** The path without links. What does not exist yet lies where its nearest parent is. */
function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPlace(parent), basename(path));
  }
}
