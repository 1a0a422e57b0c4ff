import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, test } from 'vitest';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { describeConformance } from './conformance.ts';
import { eachOf } from './sample-bytes.ts';

/**
 * The suite against any S3 server: LIFEBOAT_TEST_S3_ENDPOINT, credentials and region as the SDK finds them (AWS_*).
 * LIFEBOAT_TEST_S3_BUCKET names a bucket that exists; without it one is made. Everything happens below a prefix of
 * its own, which is emptied afterwards.
 */
const endpoint = process.env.LIFEBOAT_TEST_S3_ENDPOINT;
const existingBucket = process.env.LIFEBOAT_TEST_S3_BUCKET;

if (endpoint === undefined) {
  describe('S3 at an endpoint of your own', () => {
    test.skip('needs LIFEBOAT_TEST_S3_ENDPOINT', () => {});
  });
} else {
  describeConformance(`S3 at ${new URL(endpoint).host}`, async () => {
    const prefix = `lifeboat-test-${randomBytes(4).toString('hex')}`;
    const bucket = existingBucket ?? prefix;
    const client = new S3Client({ endpoint, forcePathStyle: true });
    if (existingBucket === undefined) await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const pending = async () => {
      const answer = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}/` }),
      );
      return answer.Uploads ?? [];
    };
    return {
      open: () => openS3Store({ bucket, prefix, endpoint }),
      leftovers: async () => (await pending()).length,
      async remove() {
        for await (const page of paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: `${prefix}/` },
        )) {
          const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
          await eachOf(keys, 16, async (Key) => {
            await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
          });
        }
        for (const { Key, UploadId } of await pending()) {
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
        }
        client.destroy();
      },
    };
  });
}
