import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface BundleSize {
  /** Of the modules, source maps left out: what Node has to read and compile at a cold start. */
  readonly codeBytes: number;
  /** Of everything, as Lambda unpacks it. */
  readonly bytes: number;
}

export function bundleSize(asset: string): BundleSize {
  const sum = (pattern: string) =>
    globSync(pattern, { cwd: asset })
      .map((file) => statSync(join(asset, file)))
      .filter((file) => file.isFile())
      .reduce((total, { size }) => total + size, 0);
  return { codeBytes: sum('**/*.mjs'), bytes: sum('**/*') };
}
