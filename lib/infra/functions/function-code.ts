import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { assembleFunction, FUNCTION_SOURCES } from './assemble-function.ts';
import type { FunctionName } from './function-names.ts';

/**
 * The code of a function, put together in this process when the stack is synthesized: no Docker, no network,
 * and the same for x86 and ARM.
 */
export function functionCode(name: FunctionName): Code {
  return Code.fromAsset(FUNCTION_SOURCES, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // The image is never used: tryBundle makes the code or throws. CDK shares a bundle among functions with
      // equal settings; `command` distinguishes ours.
      image: DockerImage.fromRegistry('never-used'),
      command: [name],
      local: {
        tryBundle(directory) {
          assembleFunction(name, directory);
          return true;
        },
      },
    },
  });
}
