import { type Answer, bucketOf, type Exchange } from './answer.ts';
import { readText } from './payload.ts';
import { S3Error } from './s3-error.ts';

export async function getBucketLifecycleConfiguration(exchange: Exchange): Promise<Answer> {
  const { lifecycle } = bucketOf(exchange);
  if (lifecycle === undefined) {
    throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
  }
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: lifecycle };
}

/** Keeps the rules. This server does not act on them. */
export async function putBucketLifecycleConfiguration(exchange: Exchange): Promise<Answer> {
  bucketOf(exchange).lifecycle = await readText(exchange.request, exchange.signed);
  return { status: 200 };
}

export async function getBucketTagging(exchange: Exchange): Promise<Answer> {
  const { tagging } = bucketOf(exchange);
  if (tagging === undefined) throw new S3Error('NoSuchTagSet', 'The TagSet does not exist');
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: tagging };
}

export async function putBucketTagging(exchange: Exchange): Promise<Answer> {
  bucketOf(exchange).tagging = await readText(exchange.request, exchange.signed);
  return { status: 204 };
}
