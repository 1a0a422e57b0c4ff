import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import type { VaultUnderTest } from './conformance.ts';
import { eachOf } from './sample-bytes.ts';

/**
 * A vault at any S3 server. Credentials and region are what the SDK finds (AWS_*); without the name of a bucket one is
 * made. Everything happens below a prefix of its own, which is emptied afterwards.
 */
export async function createVaultAt(
  endpoint: string,
  existingBucket: string | undefined,
): Promise<VaultUnderTest> {
  const prefix = `lifeboat-test-${randomBytes(4).toString('hex')}`;
  const bucket = existingBucket ?? prefix;
  const client = new S3Client({ endpoint, forcePathStyle: true });
  if (existingBucket === undefined) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const pendingUploads = async () => {
    const answer = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}/` }),
    );
    return answer.Uploads ?? [];
  };
  return {
    open: () => openS3Store({ bucket, prefix, endpoint }),
    leftovers: async () => (await pendingUploads()).length,
    async remove() {
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: `${prefix}/` })) {
        const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
        await eachOf(keys, 16, async (Key) => {
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
        });
      }
      for (const { Key, UploadId } of await pendingUploads()) {
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
      }
      client.destroy();
    },
  };
}
