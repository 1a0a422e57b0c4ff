import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssetHashType, BundlingOutput, DockerImage, Stack, Stage } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { assembleFunction, FUNCTION_SOURCES } from '../functions/assemble-function.ts';
import type { TaskName } from '../functions/function-names.ts';
import { fetchCommand } from './fetch-program.ts';

/** What a {@link TaskBundle} is made from. */
export interface TaskBundleProps {
  readonly name: TaskName;
}

/**
 * The code of a task: one object in the bucket of the CDK's assets. It is made in this process when the stack is
 * synthesized, without Docker and network. It is JSON, of paths and base64 contents, so that a task can unpack it
 * with nothing but Node, and is not compressed, so that its bytes depend on nothing but the code.
 */
export class TaskBundle extends Construct {
  /** The arguments of `node` that fetch the code, check its hash and unpack it. */
  readonly fetch: string[];
  readonly read: PolicyStatement;

  constructor(scope: Construct, id: string, props: TaskBundleProps) {
    super(scope, id);
    const asset = new Asset(this, 'Asset', {
      path: FUNCTION_SOURCES,
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // The image is never used: tryBundle makes the code or throws. `command` tells bundles apart.
        image: DockerImage.fromRegistry('never-used'),
        command: [props.name],
        outputType: BundlingOutput.SINGLE_FILE,
        local: {
          tryBundle(directory) {
            writeFileSync(join(directory, 'bundle.json'), packed(props.name));
            return true;
          },
        },
      },
    });
    const { region, urlSuffix } = Stack.of(this);
    this.fetch = fetchCommand(
      // In the path and not in the host's name, so that a bucket with dots is reached too; dual-stack, for a network
      // without a way out for IPv4 (Amazon S3 User Guide, "Using Amazon S3 dual-stack endpoints").
      `https://s3.dualstack.${region}.${urlSuffix}/${asset.s3BucketName}/${asset.s3ObjectKey}`,
      hashOf(asset),
    );
    this.read = new PolicyStatement({
      sid: 'ReadBundle',
      actions: ['s3:GetObject'],
      resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)],
    });
  }
}

function packed(name: TaskName): string {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-task-'));
  try {
    assembleFunction(name, directory);
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(directory, path)).isFile())
      .sort();
    const entries = files.map((path) => [
      path.replaceAll('\\', '/'),
      readFileSync(join(directory, path), 'base64'),
    ]);
    return JSON.stringify(Object.fromEntries(entries));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The SHA-256 of the bundle. Where the CDK is asked not to bundle, there is none, and nothing is deployed either. */
function hashOf(asset: Asset): string {
  if (!Stack.of(asset).bundlingRequired) return '0'.repeat(64);
  const file = join(Stage.of(asset)?.assetOutdir ?? '', asset.assetPath);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
