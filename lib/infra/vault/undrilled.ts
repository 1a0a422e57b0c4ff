import { Tags } from 'aws-cdk-lib';
import { UNDRILLED_TAG_PREFIX } from '../../contract/undrilled-tag.ts';
import type { Vault } from './vault.ts';

/**
 * Writes the names of the sources that nobody drills into the bucket's tags. `lifeboat list` reads them to say when a
 * backup expires. A bucket takes 50 tags (Amazon S3 User Guide, "Using cost allocation S3 bucket tags").
 */
export function tellUndrilled({ bucket }: Vault, sources: readonly string[]): void {
  for (const source of sources) Tags.of(bucket).add(`${UNDRILLED_TAG_PREFIX}${source}`, 'yes');
}
