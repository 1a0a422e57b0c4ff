import { globSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunction } from './function-bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/**
 * The code of the function whose handler is `lambda/<name>.ts`, bundled in this process when the stack is
 * synthesized: no Docker, no network, and the same for x86 and ARM. `workers` are names of modules below
 * lib/engine.
 */
export function functionCode(name: string, workers: readonly string[] = []): Code {
  return Code.fromAsset(join(ROOT, 'lambda'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // The image is never used: tryBundle bundles or throws. CDK shares a bundle among functions with equal
      // settings; `command` distinguishes ours.
      image: DockerImage.fromRegistry('never-used'),
      command: [name, ...workers],
      local: {
        tryBundle(directory) {
          bundleFunction(
            { entry: join(ROOT, 'lambda', `${name}.ts`), workers: workers.map(workerSource), root: ROOT },
            directory,
          );
          return true;
        },
      },
    },
  });
}

/**
 * Finds the source of a worker. The engine looks for workers beside its bundle
 * (lib/engine/ground/worker-file.ts).
 */
function workerSource(name: string): string {
  const [found, ...others] = globSync(`lib/engine/**/${name}.ts`, { cwd: ROOT });
  if (found === undefined || others.length > 0) {
    throw new Error(
      `lib/engine has ${found === undefined ? 'no' : 'more than one'} ${name}.ts to run in a worker thread`,
    );
  }
  return join(ROOT, found);
}
