import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectDeletion, Removal } from './object-deletion.ts';
import type { GetOptions } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';

/**
 * Deletes current versions in an S3 bucket. Without a version id S3 puts a delete marker on top where the bucket keeps
 * versions, and deletes for good where it does not (Amazon S3 User Guide, "Deleting object versions from a
 * versioning-enabled bucket"). An object that is not there is no error.
 */
export class S3Deletion implements ObjectDeletion {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  async check(key: string): Promise<void> {
    this.#bucket.checkKey(key);
  }

  async remove(key: string, { signal }: GetOptions = {}): Promise<Removal> {
    this.#bucket.checkKey(key);
    const answer = await this.#bucket.call({ action: 'delete', key, signal }, (sendOptions) =>
      this.#bucket.client.send(new DeleteObjectCommand(this.#bucket.address(key)), sendOptions),
    );
    return answer.DeleteMarker ? 'hidden' : 'removed';
  }
}
