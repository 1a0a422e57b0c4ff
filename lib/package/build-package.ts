import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildConstruct } from './build-construct.ts';
import { buildEngine } from './build-engine.ts';
import { buildFunctions } from './build-functions.ts';
import { buildPool } from './build-pool.ts';
import { writeDeclarations } from './declarations.ts';
import { writeNotices } from './notices.ts';

/**
 * Makes everything of the package that the checkout does not have, in `dist`. See
 * docs/decisions/0025-the-package-is-built.md. `root` is the checkout's directory.
 */
export async function buildPackage(root: string): Promise<void> {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const inputs = [
    buildEngine(root, join(dist, 'engine')),
    buildFunctions(dist),
    buildPool(root, join(dist, 'pool')),
    await buildConstruct(root, join(dist, 'construct')),
  ];
  writeDeclarations(root, dist);
  writeNotices(root, join(dist, 'THIRD-PARTY-NOTICES.txt'), inputs.flat());
}
