import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE_FOLDER } from '../../contract/task-launch.ts';

/**
 * The arguments of `node` that fetch a bundle into {@link BUNDLE_FOLDER}: fetch-bundle.mjs as it is, without its
 * comments. A task definition may have 64 KiB (Amazon ECS Developer Guide, "Amazon ECS service quotas").
 */
export function fetchCommand(objectUrl: string, sha256: string): string[] {
  const program = readFileSync(join(import.meta.dirname, 'fetch-bundle.mjs'), 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('//'))
    .join('\n');
  return ['--input-type=module', '--eval', program, objectUrl, sha256, BUNDLE_FOLDER];
}
