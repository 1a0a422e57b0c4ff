/** Downloads every object below a folder into files, four at a time: what `aws s3 cp --recursive` does, and no more. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { inParallel } from '../../lib/engine/ground/in-parallel.ts';

const [Bucket = '', Prefix = '', directory = ''] = process.argv.slice(2);
const client = new S3Client({ forcePathStyle: true, responseChecksumValidation: 'WHEN_REQUIRED' });
const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
await inParallel(Contents, 4, async ({ Key = '' }) => {
  const path = join(directory, Key);
  await mkdir(dirname(path), { recursive: true });
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  await pipeline(Body as Readable, createWriteStream(path));
});
client.destroy();
